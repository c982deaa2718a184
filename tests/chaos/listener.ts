import type { Book } from './book.ts';
import type { ServedCore } from './servedCore.ts';

/** Hears every event, over restarts, by number. Resolves when `over` is aborted and the present stream has ended. */
export async function listen(
  core: ServedCore,
  book: Book,
  over: AbortSignal,
  onWrong: (what: string) => void,
): Promise<void> {
  let last = 0;
  while (!over.aborted) {
    try {
      for await (const { event, seq, kind } of core.events(last)) {
        if (event === 'open') continue;
        if (event === 'reset') onWrong(`event stream: reset at ${seq} after ${last}`);
        else if (seq !== last + 1) onWrong(`event stream: ${seq} was told after ${last}`);
        last = seq;
        if (event === 'changed') book.eventsHeard.push({ seq, kind });
        if (over.aborted) return;
      }
    } catch {
      // The core was killed: go on with the next one.
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
