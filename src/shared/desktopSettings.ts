import { z } from 'zod';

/** What a notification can be about; each can be switched off. */
export const NOTIFICATION_KINDS = [
  'completed',
  'failed',
  'cancelled',
  'stuck',
  'queueFinished',
  'updateReady',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What Quit does while runs are live: ask, let them go on, or cancel them first. */
export const QUIT_CHOICES = ['ask', 'keep', 'cancel'] as const;
export type QuitChoice = (typeof QUIT_CHOICES)[number];

/** What happens when the last run has ended and nothing can start. */
export const WHEN_DONE_ACTIONS = ['nothing', 'sleep', 'shutdown'] as const;
export type WhenDoneAction = (typeof WHEN_DONE_ACTIONS)[number];

/** How a queue begins after a start of the app: as it was left, or paused until a person presses Run. */
export const AFTER_RESTART = ['continue', 'pause'] as const;
export type AfterRestart = (typeof AFTER_RESTART)[number];

const notificationsSchema = z.record(z.enum(NOTIFICATION_KINDS), z.boolean());
const ALL_NOTIFICATIONS = Object.fromEntries(NOTIFICATION_KINDS.map((kind) => [kind, true])) as Record<
  NotificationKind,
  boolean
>;

/** Settings of the app on a desktop, and of what it keeps. A headless core keeps them and uses the last three. */
export const desktopFields = {
  /** Which notifications are shown. */
  notifications: z
    .partialRecord(z.enum(NOTIFICATION_KINDS), z.boolean())
    .transform((chosen) => ({ ...ALL_NOTIFICATIONS, ...chosen }))
    .pipe(notificationsSchema)
    .default(ALL_NOTIFICATIONS),
  /** Closing the window leaves the app in the tray; otherwise it quits. */
  closeToTray: z.boolean().default(true),
  quitWithRuns: z.enum(QUIT_CHOICES).default('ask'),
  startAtLogin: z.boolean().default(false),
  /** The machine does not go to sleep by itself while runs are live. */
  keepAwake: z.boolean().default(true),
  whenDone: z.enum(WHEN_DONE_ACTIONS).default('nothing'),
  afterRestart: z.enum(AFTER_RESTART).default('continue'),
  /** Run folders (log and records) of finished runs older than this are removed, days; null keeps them. */
  logRetentionDays: z.int().min(1).max(36_500).nullable().default(null),
  /** The oldest run folders are removed until all together take no more, GiB; null sets no limit. */
  logRetentionGiB: z.number().min(0.1).max(1_000_000).nullable().default(null),
};

/** The same for a change of settings, with words for people. */
export const desktopPatchFields = {
  notifications: notificationsSchema,
  closeToTray: z.boolean('must be true or false'),
  quitWithRuns: z.enum(QUIT_CHOICES, `must be one of ${QUIT_CHOICES.join(', ')}`),
  startAtLogin: z.boolean('must be true or false'),
  keepAwake: z.boolean('must be true or false'),
  whenDone: z.enum(WHEN_DONE_ACTIONS, `must be one of ${WHEN_DONE_ACTIONS.join(', ')}`),
  afterRestart: z.enum(AFTER_RESTART, `must be one of ${AFTER_RESTART.join(', ')}`),
  logRetentionDays: z
    .int('must be a whole number of days; none (null) keeps all')
    .min(1, 'must be 1 day or more; none (null) keeps all')
    .max(36_500, 'must be 36500 days or less; none (null) keeps all')
    .nullable(),
  logRetentionGiB: z
    .number('must be a number of GiB; none (null) sets no limit')
    .min(0.1, 'must be 0.1 GiB or more; none (null) sets no limit')
    .max(1_000_000, 'must be 1000000 GiB or less; none (null) sets no limit')
    .nullable(),
};
