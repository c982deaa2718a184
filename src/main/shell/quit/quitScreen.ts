import { dialog } from 'electron';
import type { QuitView } from '../../../shared/shellContract.ts';
import type { WindowHost } from '../window/windowHost.ts';
import type { QuitAnswer } from './quitFlow.ts';
import { within } from '../../within.ts';

/** Opening a window and drawing its page takes well under a second; a page that needs longer is most likely dead. */
const DRAW_LIMIT_MS = 15_000;

/** What of quitting a person sees. */
export interface QuitScreen {
  /** Shows the question or the stops; null takes them away. Resolves with whether the page has drawn it. */
  present(view: QuitView | null): Promise<boolean>;
  /** The page says that it has drawn that telling. */
  drawn(turn: number): void;
}

/** Makes the screen on the one window. */
export function createQuitScreen(host: WindowHost): QuitScreen {
  const onDrawn = new Map<number, () => void>();
  let turns = 0;
  return {
    async present(view) {
      if (view === null) {
        host.tell('quitQuestion', null);
        return true;
      }
      if (view.stage === 'asking' || !host.isShown) host.show();
      const turn = (turns += 1);
      host.tell('quitQuestion', { turn, view });
      return within(DRAW_LIMIT_MS, new Promise<true>((resolve) => onDrawn.set(turn, () => resolve(true)))).catch(
        () => false,
      );
    },
    drawn(turn) {
      // A later telling stands in for those before it: the page may have skipped them.
      for (const [earlier, resolve] of onDrawn) {
        if (earlier > turn) continue;
        onDrawn.delete(earlier);
        resolve();
      }
    },
  };
}

const PLAIN_ANSWERS = ['keep', 'cancel', 'stay'] as const satisfies readonly QuitAnswer[];

/** The same question in a dialog of the desktop's own, which needs no page. */
export async function askPlainly(liveRuns: number): Promise<QuitAnswer> {
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: 'Trainyard',
    message: liveRuns === 1 ? 'Quit while 1 run is going?' : `Quit while ${liveRuns} runs are going?`,
    detail:
      'The window cannot be drawn. Runs do not need it: if you keep them going, the next start finds them with their true exit code.',
    buttons: ['Keep runs going', 'Cancel runs and quit', 'Stay'],
    defaultId: 0,
    cancelId: 2,
  });
  return PLAIN_ANSWERS[response] ?? 'stay';
}
