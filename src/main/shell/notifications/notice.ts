import type { NotificationKind } from '../../../shared/desktopSettings.ts';
import type { Reveal } from '../../../shared/shellContract.ts';

/** Where a click leads: the window, with this job's panel open if one is named. */
export interface Destination {
  readonly jobId: number | null;
  readonly tab: Reveal['tab'];
}

/** What an action of a notification does. */
export type NoticeDeed =
  | ({ readonly kind: 'reveal' } & Destination)
  | { readonly kind: 'force'; readonly jobId: number }
  | { readonly kind: 'requeue'; readonly jobIds: readonly number[] }
  | { readonly kind: 'restart' };

/** A button of a notification. */
export interface NoticeAction {
  /** What the notification server calls it; unique within one notice. */
  readonly id: string;
  readonly label: string;
  readonly deed: NoticeDeed;
}

/** Something the user is told outside the window. */
export interface Notice {
  /** A later notice with the same key takes the place of this one. */
  readonly key: string;
  /** What it is about; `refusal` answers a click of the user, or tells of the app itself, and cannot be switched off. */
  readonly kind: NotificationKind | 'refusal';
  readonly title: string;
  readonly body: string;
  /** It needs a person: it stays until it is dismissed. */
  readonly urgent: boolean;
  /** What a plain click does. */
  readonly click: NoticeDeed;
  /** The main one first. */
  readonly actions: readonly NoticeAction[];
}

/** The key of what is told about one job. */
export function jobKey(jobId: number): string {
  return `job-${jobId}`;
}
