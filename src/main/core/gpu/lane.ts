/** Runs tasks one at a time, in order. */
export interface Lane {
  readonly run: <T>(task: () => Promise<T>) => Promise<T>;
}

/** A lane with nothing in it. */
export function createLane(): Lane {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run: (task) => {
      const result = tail.then(task);
      tail = result.catch(() => undefined);
      return result;
    },
  };
}

/** Calls of `task` that wait for their turn at the same time become one; a call never joins a task that has begun. */
export function shareWaiting<T>(lane: Lane, task: () => Promise<T>): () => Promise<T> {
  let waiting: Promise<T> | null = null;
  return () => {
    waiting ??= lane.run(() => {
      waiting = null;
      return task();
    });
    return waiting;
  };
}
