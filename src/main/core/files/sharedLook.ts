/** One long look that several wait for: it is kept for a while, and given up when nobody waits any more. */
export interface SharedLook<T> {
  /** The value, at most `freshMs` old; rejects with the signal's reason when it is aborted. */
  get(signal: AbortSignal): Promise<T>;
  /** What is known is no longer true. */
  forget(): void;
}

/** Makes one. `look` is asked again only when what is known is too old, and never twice at the same time. */
export function sharedLook<T>(
  look: (signal: AbortSignal) => Promise<T>,
  { freshMs, now }: { readonly freshMs: number; readonly now: () => number },
): SharedLook<T> {
  let known: { readonly value: T; readonly at: number } | null = null;
  let going: { readonly promise: Promise<T>; readonly giveUp: AbortController; waiting: number } | null = null;

  function begin(): NonNullable<typeof going> {
    const giveUp = new AbortController();
    const mine = { promise: look(giveUp.signal), giveUp, waiting: 0 };
    going = mine;
    mine.promise.then(
      (value) => {
        if (going !== mine) return;
        going = null;
        known = { value, at: now() };
      },
      () => {
        if (going === mine) going = null;
      },
    );
    return mine;
  }

  return {
    async get(signal) {
      signal.throwIfAborted();
      if (known !== null && now() - known.at < freshMs) return known.value;
      const mine = going ?? begin();
      mine.waiting += 1;
      let onAbort: (() => void) | null = null;
      const aborted = new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', onAbort);
      });
      try {
        return await Promise.race([mine.promise, aborted]);
      } finally {
        if (onAbort !== null) signal.removeEventListener('abort', onAbort);
        mine.waiting -= 1;
        if (mine.waiting === 0 && going === mine) {
          going = null;
          mine.giveUp.abort();
        }
      }
    },
    forget() {
      known = null;
      // Those who wait for it get it all the same; who comes later gets a new one.
      going = null;
    },
  };
}
