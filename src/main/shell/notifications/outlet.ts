import type { Notice, NoticeDeed } from './notice.ts';

/** Where notices are shown. */
export interface NoticeOutlet {
  /** Shows a notice, in place of the one with the same key. Never throws: where nobody shows notices, none is shown. */
  show(notice: Notice): void;
  /** Takes one back: it is not true any more. */
  withdraw(key: string): void;
  /** Takes all of them back, since nobody is left to hear their buttons, and ends. */
  close(): Promise<void>;
}

/** What an outlet is given. */
export interface OutletParts {
  /** Called when the user presses a button, or the notice itself. */
  readonly onDeed: (deed: NoticeDeed) => void;
  /** Path of the app's icon. */
  readonly icon: string;
  readonly log: (line: string) => void;
}
