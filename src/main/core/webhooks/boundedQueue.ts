/** Works through messages one after another, without ever making the one who adds them wait. */
export interface BoundedQueue<T> {
  /** Adds a message; the oldest one that waits gives way when there are too many. */
  add(item: T): void;
  /** Nothing more is begun. */
  stop(): void;
}

/** Makes a queue of at most `limit` waiting items. `work` must not throw; `onDropped` hears how many gave way. */
export function boundedQueue<T>(
  limit: number,
  work: (item: T) => Promise<void>,
  onDropped: (count: number) => void,
): BoundedQueue<T> {
  const waiting: T[] = [];
  let busy = false;
  let stopped = false;
  let dropped = 0;

  async function run(): Promise<void> {
    busy = true;
    // `stop` empties the list, which ends this.
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item);
      if (dropped > 0) onDropped(dropped);
      dropped = 0;
    }
    busy = false;
  }

  return {
    add(item) {
      if (stopped) return;
      waiting.push(item);
      if (waiting.length > limit) {
        waiting.shift();
        dropped += 1;
      }
      if (!busy) void run();
    },
    stop() {
      stopped = true;
      waiting.length = 0;
    },
  };
}
