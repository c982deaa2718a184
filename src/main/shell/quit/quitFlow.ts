import type { QuitChoice } from '../../../shared/desktopSettings.ts';
import type { ShellParsed } from '../../../shared/shellContract.ts';
import type { QuitView } from '../../../shared/shellContract.ts';
import { takeUpMode } from '../../runsAtExit.ts';
import { liveRuns } from '../../liveRuns.ts';
import { isUrgent, quitPlan } from './quitRule.ts';
import type { QuitBy } from './quitRule.ts';
import { stopRuns } from './stopRuns.ts';
import type { Stopping, StoppingParts } from './stopRuns.ts';
import { within } from '../../within.ts';

/** What a person answers, by the buttons of the question; `now` leaves while stops are still going on. */
export type QuitAnswer = ShellParsed<'shell.answerQuit'>['choice'];

/** What quitting needs of its surroundings. */
export interface QuitParts extends StoppingParts {
  readonly attached: boolean;
  /** Shows the question or the stops, null takes them away. Resolves with whether a page has drawn it. */
  readonly present: (view: QuitView | null) => Promise<boolean>;
  /** Asks without the page, for when that cannot draw. */
  readonly askPlainly: (liveRuns: number) => Promise<QuitAnswer>;
  /** Brings what is being shown to the front. */
  readonly toFront: () => void;
  /** Shows a sentence to the person. */
  readonly notice: (sentence: string) => void;
  /** Ends the app. There is no way back from it. */
  readonly leave: () => void;
}

/** The way out of the app, whoever takes it. */
export interface QuitFlow {
  /**
   * Quits, asks, or stops the runs first, as {@link quitPlan} says. A second wish asks again, since the page may have died with
   * the question on it; a second signal, or one while runs are being stopped, leaves at once.
   */
  requestQuit(by: QuitBy): void;
  /** The person's answer; without a question it means nothing. */
  answer(choice: QuitAnswer, remember: boolean): void;
}

/** A core that has not said by then what is running is not asked any longer; its runs are kept, which loses nothing. */
const LOOK_LIMIT_MS = 5_000;

type Step = 'idle' | 'looking' | 'asking' | 'stopping' | 'left';

/** Makes the way out. It always ends: nothing in it waits without a limit, unless a person watches. */
export function createQuitFlow(parts: QuitParts): QuitFlow {
  const { ask, log } = parts;
  let step: Step = 'idle';
  let stopping: Stopping | null = null;
  let isAskingPlainly = false;
  /** Grows with every step: what an earlier one still waits for is of no interest any more. */
  let turn = 0;

  function enter(next: Step): number {
    stopping?.end();
    stopping = null;
    step = next;
    turn += 1;
    return turn;
  }
  function leave(): void {
    if (step === 'left') return;
    enter('left');
    parts.leave();
  }

  async function begin(by: QuitBy): Promise<void> {
    const mine = step === 'asking' ? turn : enter('looking');
    let choice: QuitChoice;
    let live: Awaited<ReturnType<typeof liveRuns>>;
    try {
      const facts = await within(LOOK_LIMIT_MS, Promise.all([ask('settings.get', {}), liveRuns(ask)]));
      [{ quitWithRuns: choice }, live] = facts;
    } catch (error) {
      log(`quit: the core did not say what is running: ${String(error)}`);
      return leave();
    }
    if (mine !== turn) return;
    const plan = quitPlan({ by, choice, liveRuns: live.length, attached: parts.attached });
    log(`quit: by ${by}, live runs: ${live.length}: ${plan}`);
    if (plan === 'leave') leave();
    else if (plan === 'cancel') await stopAll(by);
    else await question(live.map(({ id }) => id));
  }

  async function question(runs: readonly number[]): Promise<void> {
    const mine = enter('asking');
    if ((await parts.present({ stage: 'asking', runs })) || mine !== turn) return;
    log('quit: the window does not draw the question');
    isAskingPlainly = true;
    const choice = await parts.askPlainly(runs.length);
    isAskingPlainly = false;
    if (mine === turn) await act(choice);
  }

  async function stopAll(by: QuitBy): Promise<void> {
    const mine = enter('stopping');
    stopping = stopRuns(by, parts);
    try {
      await stopping.over;
    } catch (error) {
      log(`quit: the runs could not be cancelled: ${String(error)}`);
      if (mine !== turn) return;
      if (isUrgent(by)) return leave();
      await stay();
      parts.notice(
        `The runs could not be cancelled, so Trainyard stays: ${error instanceof Error ? error.message : ''}`,
      );
      return;
    }
    if (mine === turn) leave();
  }

  async function stay(): Promise<void> {
    enter('idle');
    await parts.present(null);
    // A stop that has begun goes on; what waits in the queue may start again.
    if (!parts.attached) await takeUpMode(parts.dataFolder, ask);
  }

  async function act(choice: QuitAnswer): Promise<void> {
    if (choice === 'stay') await stay();
    else if (choice !== 'cancel') leave();
    else if (step !== 'stopping') await stopAll('window');
  }

  async function remembered(choice: QuitAnswer): Promise<void> {
    if (choice === 'keep' || choice === 'cancel')
      await within(LOOK_LIMIT_MS, ask('settings.set', { quitWithRuns: choice }));
  }

  function onFailure(error: unknown): void {
    log(`quit: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  return {
    requestQuit(by) {
      if (step === 'left') return;
      if (isUrgent(by)) {
        if (step === 'stopping') return leave();
      } else if (step === 'looking' || isAskingPlainly) return;
      else if (step === 'stopping') return parts.toFront();
      begin(by).catch((error: unknown) => {
        onFailure(error);
        leave();
      });
    },
    answer(choice, remember) {
      if (step !== 'asking' && step !== 'stopping') return;
      const before = remember ? remembered(choice).catch(onFailure) : Promise.resolve();
      void before.then(() => act(choice)).catch(onFailure);
    },
  };
}
