import { z } from 'zod';
import { route } from './route.ts';
import type { InputOf, OutputOf, ParsedOf } from './route.ts';

const jobRef = z.strictObject({ jobId: z.int('must be the number of a job').min(1, 'must be the number of a job') });
const nothing = z.strictObject({}).default({});

/** What only the desktop app can do for its own window; every other client uses the contract's routes alone. */
export const SHELL_ROUTES = {
  /** Opens the log of the job's last run with the program the desktop has for text. */
  'shell.openLog': route<null>()(jobRef),
  /** Shows the folder of the job's last run in the file manager. */
  'shell.showFiles': route<null>()(jobRef),
  /** Lets the user choose a folder; null when none was chosen. */
  'shell.chooseFolder': route<{ readonly path: string | null }>()(z.strictObject({ from: z.string().max(4_096) })),
  /** What a page that begins has to know; from then on it is told. */
  'shell.begin': route<ShellStanding>()(nothing),
  /** What the About box says. */
  'shell.about': route<AppAbout>()(nothing),
  /** Installs the update that is ready and starts the app again; refused while runs are live. */
  'shell.installUpdate': route<null>()(nothing),
  /** Quits, as the tray's Quit does. */
  'shell.quit': route<null>()(nothing),
  /** Says that the page has drawn what {@link ShellEvents.quitQuestion} told: a page that does not is not waited for. */
  'shell.quitDrawn': route<null>()(z.strictObject({ turn: z.int() })),
  /** Tells which job is selected in the window, so that nobody is notified of what he looks at. */
  'shell.looking': route<null>()(z.strictObject({ jobId: jobRef.shape.jobId.nullable() })),
  /** Answers the question that {@link ShellEvents.quitQuestion} asked. */
  'shell.answerQuit': route<null>()(
    z.strictObject({ choice: z.enum(['keep', 'cancel', 'stay', 'now']), remember: z.boolean().default(false) }),
  ),
  /** Calls off what {@link ShellEvents.whenDone} counts down to. */
  'shell.stopWhenDone': route<null>()(nothing),
} as const;

/** The name of a route of the shell. */
export type ShellRouteName = keyof typeof SHELL_ROUTES;
/** What the window passes. */
export type ShellInput<N extends ShellRouteName> = InputOf<typeof SHELL_ROUTES, N>;
/** What a handler of the shell receives, parsed. */
export type ShellParsed<N extends ShellRouteName> = ParsedOf<typeof SHELL_ROUTES, N>;
/** What a route of the shell answers. */
export type ShellOutput<N extends ShellRouteName> = OutputOf<typeof SHELL_ROUTES, N>;

/** Quitting while runs are live: what is asked, or how far their stops are. */
export type QuitView =
  | { readonly stage: 'asking'; readonly runs: readonly number[] }
  | {
      readonly stage: 'stopping';
      readonly runs: readonly number[];
      /** When the last of them is killed, Unix milliseconds. After it “Quit anyway” is offered. */
      readonly deadlineAt: number;
    };

/** This copy of the app, as its About box describes it. */
export interface AppAbout {
  readonly productName: string;
  readonly version: string;
  /** Made for trying out, around a runtime that gets no security updates. */
  readonly testBuild: boolean;
  /** The runtime's parts with their versions. */
  readonly runtime: string;
  /** The folder with the texts of all licences; null in a clone. */
  readonly licences: string | null;
  /** Whether newer releases are looked for. */
  readonly updates: 'on' | 'off';
  /** The version that waits to be installed, or null. */
  readonly updateReady: string | null;
}

/** One telling of how quitting goes; the page says `shell.quitDrawn` with its turn. */
export interface QuitTelling {
  readonly turn: number;
  readonly view: QuitView;
}

/** What the machine is about to do because the queue is done; null when nothing is pending. */
export interface WhenDoneView {
  readonly action: 'sleep' | 'shutdown';
  /** Unix milliseconds. */
  readonly at: number;
}

/** A job to show, as a notification, the tray or a link asked for. */
export interface Reveal {
  readonly jobId: number;
  readonly tab: 'log' | 'details' | 'receipt' | null;
}

/** What the shell sends to its window. The latest word; none is numbered or kept. */
export interface ShellEvents {
  readonly reveal: Reveal;
  readonly quitQuestion: QuitTelling | null;
  readonly whenDone: WhenDoneView | null;
  /** A sentence that a person should read, such as what was wrong with a command line. */
  readonly notice: string;
  /** Whether the core of another process that the window shows answers. */
  readonly coreReachable: boolean;
}
export type ShellEventName = keyof ShellEvents;

/** Everything the shell would have told a page that was not there yet. */
export interface ShellStanding {
  readonly reveal: Reveal | null;
  readonly quitQuestion: QuitTelling | null;
  readonly whenDone: WhenDoneView | null;
  readonly notice: string | null;
  /** Always, for a core of the app's own. */
  readonly coreReachable: boolean;
}
