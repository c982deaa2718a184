import type { Change } from '../../../shared/contract.ts';
import { askCore } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import { TrayBook } from './trayBook.ts';
import type { TrayFacts } from './trayBook.ts';

/** How long to wait before asking again a core that did not answer, milliseconds. */
const RETRY_MS = 5_000;

/**
 * Keeps facts at the core's word and tells when they have changed; a gap in the numbers asks for the snapshot again. Every time
 * the same facts are told, brought up to date.
 */
export function followQueue(
  core: Pick<Core, 'router' | 'on'>,
  onFacts: (facts: TrayFacts) => void,
): { [Symbol.dispose](): void } {
  const ask = askCore(core, 'tray');
  let book: TrayBook | null = null;
  let isAsking = false;
  let isOver = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  // Changes that arrive while a snapshot is on its way may be newer than it.
  let late: Change[] = [];

  function take(change: Change): void {
    if (book === null || isAsking || !book.takeChange(change)) {
      late.push(change);
      void fetchSnapshot();
    } else {
      onFacts(book);
    }
  }

  async function fetchSnapshot(): Promise<void> {
    if (isAsking || isOver) return;
    isAsking = true;
    clearTimeout(retry);
    const snapshot = await ask('snapshot.get', {}).catch(() => null);
    isAsking = false;
    const missed = late;
    late = [];
    if (isOver) return;
    if (snapshot === null) {
      retry = setTimeout(() => void fetchSnapshot(), RETRY_MS);
      return;
    }
    book = new TrayBook(snapshot);
    onFacts(book);
    for (const change of missed) take(change);
  }

  function bringUpToDate(update: (book: TrayBook) => void): void {
    if (book === null) return;
    update(book);
    onFacts(book);
  }

  const ends = [
    core.on('changed', take),
    core.on('progress', (news) => bringUpToDate((known) => known.takeProgress(news))),
    core.on('blockers', (news) => bringUpToDate((known) => known.takeBlockers(news))),
    core.on('gpus', (gpus) => bringUpToDate((known) => known.takeGpus(gpus))),
  ];
  void fetchSnapshot();
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(retry);
      for (const end of ends) end();
    },
  };
}
