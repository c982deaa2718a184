import type { WhenDoneView } from '../../../shared/shellContract.ts';
import type { RunFacts } from './watchRuns.ts';
import { nextLookAt, whenDoneAfter } from './whenDone.ts';
import type { WhenDone, WhenDoneTimes } from './whenDone.ts';

/** What the end of the queue needs of its surroundings. */
export interface WhenDoneParts {
  readonly times: WhenDoneTimes;
  readonly now: () => number;
  /** Shows the countdown; null takes it away. */
  readonly present: (view: WhenDoneView | null) => void;
  /** Tells a person who does not look at the window. */
  readonly notify: (view: WhenDoneView) => void;
  /** Sets the wish back to nothing. */
  readonly forget: () => Promise<void>;
  /** Does it; resolves with what went wrong, or with null. */
  readonly perform: (action: WhenDoneView['action']) => Promise<string | null>;
  /** Shows a sentence to the person. */
  readonly notice: (sentence: string) => void;
  readonly log: (line: string) => void;
}

/** Acts when the last run has ended and nothing can start. */
export interface WhenDoneDesk {
  /** Looks at the runs and the settings. */
  look(facts: RunFacts): void;
  /** A person calls it off: the wish is forgotten too. */
  callOff(): void;
  [Symbol.dispose](): void;
}

/** Makes the desk. The wish is a single one: it is forgotten before it is carried out, so that a machine that wakes stays awake. */
export function startWhenDone(parts: WhenDoneParts): WhenDoneDesk {
  let state: WhenDone = { stage: 'idle' };
  let facts: RunFacts | null = null;
  let timer: NodeJS.Timeout | undefined;

  function step(): void {
    if (facts === null) return;
    const before = state;
    const { live, settings } = facts;
    state = whenDoneAfter(state, { action: settings.whenDone, liveRuns: live.length, now: parts.now() }, parts.times);
    clearTimeout(timer);
    const at = nextLookAt(state);
    if (at !== null) timer = setTimeout(step, Math.max(0, at - parts.now()));
    if (state === before) return;
    const view = state.stage === 'counting' ? state.view : null;
    if (view !== null || before.stage === 'counting') parts.present(view);
    if (view !== null) parts.notify(view);
    if (state.stage === 'due') void carryOut(state.action);
  }

  async function carryOut(action: WhenDoneView['action']): Promise<void> {
    state = { stage: 'idle' };
    parts.log(`when done: ${action}`);
    try {
      await parts.forget();
    } catch (error) {
      // Without that the machine would go to sleep again and again.
      parts.notice(`The machine stays on: the setting could not be changed (${String(error)}).`);
      return;
    }
    const problem = await parts.perform(action);
    if (problem === null) return;
    parts.log(`when done: ${action}: ${problem}`);
    parts.notice(`The machine could not be ${action === 'sleep' ? 'put to sleep' : 'shut down'}: ${problem}`);
  }

  return {
    look(latest) {
      facts = latest;
      step();
    },
    callOff() {
      if (state.stage !== 'counting') return;
      clearTimeout(timer);
      state = { stage: 'idle' };
      parts.present(null);
      parts.forget().catch((error: unknown) => parts.log(`when done: ${String(error)}`));
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      facts = null;
    },
  };
}
