import { join } from 'node:path';
import type { RouteInput, RouteName } from '../../../shared/contract.ts';
import { assertNever } from '../../../shared/result.ts';
import { askCore } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import { followQueue } from './followQueue.ts';
import type { TrayFacts } from './trayBook.ts';
import { createTrayIcon } from './trayIcon.ts';
import type { TrayIcon } from './trayIcon.ts';
import { isSameInKind, trayModel } from './trayModel.ts';
import type { TrayCommand, TrayModel } from './trayModel.ts';
import { watchHost } from './watchHost.ts';

/** What the tray stands on. */
export interface TrayParts {
  readonly core: Pick<Core, 'router' | 'on'>;
  /** The clone or the unpacked application. */
  readonly root: string;
  /** Shows the window. */
  readonly open: () => void;
  readonly quit: () => void;
  /** Tells the user, wherever he looks, why a command was refused. */
  readonly refused: (message: string) => void;
  readonly log: (line: string) => void;
}

/** Changes that come so close together are drawn as one: a start is several of them. Milliseconds. */
const SETTLE_MS = 500;
/**
 * New words alone, such as a progress, are drawn at most so often: hosts redraw an open menu under the pointer, and a click into
 * the one that was replaced is lost. Milliseconds.
 */
const WORDS_MS = 10_000;

/** Shows the tray icon with its menu until it is disposed. It needs no window. */
export function startTray({ core, root, open, quit, refused, log }: TrayParts): { [Symbol.dispose](): void } {
  const ask = askCore(core, 'tray');
  let icon: TrayIcon | null = null;
  let facts: TrayFacts | null = null;
  let shown: TrayModel | null = null;
  let drawnAt = 0;
  let settling: ReturnType<typeof setTimeout> | null = null;
  let waiting: ReturnType<typeof setTimeout> | null = null;
  let isOver = false;

  function draw(): void {
    settling = null;
    if (facts === null || icon === null) return;
    const model = trayModel(facts, (at) => new Date(at).toLocaleTimeString());
    const early = drawnAt + WORDS_MS - Date.now();
    if (shown !== null && early > 0 && isSameInKind(model, shown)) {
      waiting ??= setTimeout(drawWords, early);
      return;
    }
    icon.draw(model);
    shown = model;
    drawnAt = Date.now();
  }

  function drawWords(): void {
    waiting = null;
    draw();
  }

  function perform(command: TrayCommand): void {
    switch (command.kind) {
      case 'cancel':
        return order('jobs.cancel', { jobId: command.jobId, force: command.force });
      case 'cancel-queued':
        return order('jobs.cancelMany', { jobs: 'queued' });
      case 'mode':
        return order('queue.setMode', { mode: command.mode });
      case 'open':
        return open();
      case 'quit':
        return quit();
      default:
        return assertNever(command, 'tray command');
    }
  }

  function order<N extends RouteName>(route: N, input: RouteInput<N>): void {
    ask(route, input).catch((error: unknown) => refused(error instanceof Error ? error.message : String(error)));
  }

  const following = followQueue(core, (latest) => {
    facts = latest;
    // An answer that was on its way when the tray was ended may still come.
    if (isOver) return;
    settling ??= setTimeout(draw, SETTLE_MS);
  });
  // First it is listened, then the icon is placed: a panel that comes up in between is heard.
  const hosts = watchHost(() => icon?.renew(), log);
  void hosts.then(() => {
    if (isOver) return;
    icon = createTrayIcon({ pictures: join(root, 'resources', 'tray'), perform });
    draw();
  });

  return {
    [Symbol.dispose]() {
      isOver = true;
      following[Symbol.dispose]();
      void hosts.then((watch) => watch[Symbol.dispose]());
      if (settling !== null) clearTimeout(settling);
      if (waiting !== null) clearTimeout(waiting);
      icon?.[Symbol.dispose]();
      icon = null;
    },
  };
}
