/** The window's only repeating timer. It runs while somebody shows a time and the document is visible, and at no other moment. */
export interface Clock {
  /** Calls `listener` once a second; the returned function ends it. */
  subscribe(listener: () => void): () => void;
  /** Unix milliseconds, rounded down to the second: the same within one drawing. */
  now(): number;
}

/** What the clock needs from the page, so that tests bring their own. */
export interface ClockHost {
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => number;
  readonly clearTimer: (timer: number) => void;
  readonly isHidden: () => boolean;
  readonly onVisibility: (listener: () => void) => void;
}

const TICK_MS = 1_000;
/** Past the second, so that a timer that fires a little early does not show the same second twice. */
const MARGIN_MS = 15;

/** Makes the clock of a page. */
export function createClock(host: ClockHost): Clock {
  const listeners = new Set<() => void>();
  let timer: number | null = null;

  function run(): void {
    const wanted = listeners.size > 0 && !host.isHidden();
    if (!wanted && timer !== null) {
      host.clearTimer(timer);
      timer = null;
    } else if (wanted && timer === null) {
      timer = host.setTimer(tick, TICK_MS - (host.now() % TICK_MS) + MARGIN_MS);
    }
  }
  function tick(): void {
    timer = null;
    for (const listener of listeners) listener();
    run();
  }
  host.onVisibility(() => {
    if (!host.isHidden()) for (const listener of listeners) listener();
    run();
  });
  return {
    subscribe(listener) {
      listeners.add(listener);
      run();
      return () => {
        listeners.delete(listener);
        run();
      };
    },
    now: () => Math.floor(host.now() / TICK_MS) * TICK_MS,
  };
}
