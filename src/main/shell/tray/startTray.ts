import { join } from 'node:path';
import { Menu, nativeImage, nativeTheme, screen, Tray } from 'electron';
import type { MenuItemConstructorOptions, NativeImage } from 'electron';
import type { RouteInput, RouteName } from '../../../shared/contract.ts';
import { assertNever } from '../../../shared/result.ts';
import { askCore } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import { followQueue } from './followQueue.ts';
import { isPanelDark } from './panelTheme.ts';
import type { TrayFacts } from './trayBook.ts';
import { trayModel } from './trayModel.ts';
import type { TrayCommand, TrayEntry, TrayIcon, TrayModel } from './trayModel.ts';

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
}

/** The menu is rebuilt at most so often: progress comes in many small steps. */
const REDRAW_MS = 1_000;
/** From this scale of the screen on, hosts get the larger picture. Chromium hands them one size only. */
const LARGE_SCALE = 1.25;

/** Shows the tray icon with its menu until it is disposed. It needs no window. */
export function startTray({ core, root, open, quit, refused }: TrayParts): { [Symbol.dispose](): void } {
  const ask = askCore(core, 'tray');
  const images = join(root, 'resources', 'tray');
  const tray = new Tray(imageOf(images, 'idle'));
  let shown: TrayModel | null = null;
  let facts: TrayFacts | null = null;
  let redraw: ReturnType<typeof setTimeout> | null = null;

  function draw(): void {
    if (facts === null) return;
    const model = trayModel(facts, (at) => new Date(at).toLocaleTimeString());
    if (model.icon !== shown?.icon) tray.setImage(imageOf(images, model.icon));
    if (model.tooltip !== shown?.tooltip) tray.setToolTip(model.tooltip);
    if (JSON.stringify(model.entries) !== JSON.stringify(shown?.entries)) {
      tray.setContextMenu(Menu.buildFromTemplate(model.entries.map((entry) => menuItem(entry, perform))));
    }
    shown = model;
  }

  /** The first change is drawn at once, those that follow at most once in {@link REDRAW_MS}. */
  function drawSoon(): void {
    if (redraw !== null) return;
    draw();
    redraw = setTimeout(() => {
      redraw = null;
      draw();
    }, REDRAW_MS);
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

  const redrawImage = (): void => {
    if (shown !== null) tray.setImage(imageOf(images, shown.icon));
  };
  nativeTheme.on('updated', redrawImage);
  // Not every host sends it, and not for the same click: all that it does is in the menu as well.
  if (process.platform !== 'darwin') tray.on('click', open);
  const following = followQueue(core, (latest) => {
    facts = latest;
    drawSoon();
  });

  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      nativeTheme.off('updated', redrawImage);
      if (redraw !== null) clearTimeout(redraw);
      tray.destroy();
    },
  };
}

function menuItem(entry: TrayEntry, perform: (command: TrayCommand) => void): MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: literal(entry.label), enabled: false };
    case 'item':
      return { label: literal(entry.label), click: () => perform(entry.command) };
    case 'submenu':
      return { label: literal(entry.label), submenu: entry.entries.map((inner) => menuItem(inner, perform)) };
    default:
      return assertNever(entry, 'tray entry');
  }
}

/** Menus take `&` for the mark of a shortcut. */
function literal(label: string): string {
  return label.replaceAll('&', '&&');
}

function imageOf(folder: string, icon: TrayIcon): NativeImage {
  const isDark = isPanelDark({
    platform: process.platform,
    desktop: process.env['XDG_CURRENT_DESKTOP'] ?? '',
    darkPrograms: nativeTheme.shouldUseDarkColors,
    darkTaskbar: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
  });
  const ground = isDark && process.platform !== 'darwin' ? 'dark' : 'light';
  const isLarge = process.platform === 'linux' && screen.getPrimaryDisplay().scaleFactor > LARGE_SCALE;
  const image = nativeImage.createFromPath(join(folder, `${icon}-${ground}${isLarge ? '@2x' : ''}.png`));
  if (process.platform === 'darwin') image.setTemplateImage(true);
  return image;
}
