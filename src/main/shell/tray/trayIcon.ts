import { join } from 'node:path';
import { nativeImage, nativeTheme, screen, Tray } from 'electron';
import type { NativeImage } from 'electron';
import { isPanelDark } from './panelTheme.ts';
import { trayMenu } from './trayMenu.ts';
import type { TrayCommand, TrayIcon as Picture, TrayModel } from './trayModel.ts';

/** The icon on the desktop. */
export interface TrayIcon {
  /** Shows the model; what looks as before is not sent again. */
  draw(model: TrayModel): void;
  /** Puts the icon on the desktop anew: a panel that has just come up does not know it. */
  renew(): void;
  [Symbol.dispose](): void;
}

/** What the icon is made from. */
export interface TrayIconParts {
  /** The folder of the pictures. */
  readonly pictures: string;
  readonly perform: (command: TrayCommand) => void;
}

/** From this scale of the screen on, hosts get the larger picture. Chromium hands them one size only. */
const LARGE_SCALE = 1.25;

/** Makes the icon and shows it. */
export function createTrayIcon({ pictures, perform }: TrayIconParts): TrayIcon {
  let tray = placed();
  let shown: TrayModel | null = null;

  function placed(): Tray {
    const made = new Tray(imageOf(pictures, 'idle'));
    // Not every host sends it, and not for the same click: all that it does is in the menu as well.
    if (process.platform !== 'darwin') made.on('click', () => perform({ kind: 'open' }));
    return made;
  }

  function draw(model: TrayModel): void {
    if (model.icon !== shown?.icon) tray.setImage(imageOf(pictures, model.icon));
    if (model.tooltip !== shown?.tooltip) tray.setToolTip(model.tooltip);
    if (JSON.stringify(model.entries) !== JSON.stringify(shown?.entries))
      tray.setContextMenu(trayMenu(model.entries, perform));
    shown = model;
  }

  function redrawImage(): void {
    if (shown !== null) tray.setImage(imageOf(pictures, shown.icon));
  }

  nativeTheme.on('updated', redrawImage);
  return {
    draw,
    renew() {
      const model = shown;
      tray.destroy();
      tray = placed();
      shown = null;
      if (model !== null) draw(model);
    },
    [Symbol.dispose]() {
      nativeTheme.off('updated', redrawImage);
      tray.destroy();
    },
  };
}

function imageOf(folder: string, picture: Picture): NativeImage {
  const isDark = isPanelDark({
    platform: process.platform,
    desktop: process.env['XDG_CURRENT_DESKTOP'] ?? '',
    darkPrograms: nativeTheme.shouldUseDarkColors,
    darkTaskbar: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
  });
  const ground = isDark && process.platform !== 'darwin' ? 'dark' : 'light';
  const isLarge = process.platform === 'linux' && screen.getPrimaryDisplay().scaleFactor > LARGE_SCALE;
  const image = nativeImage.createFromPath(join(folder, `${picture}-${ground}${isLarge ? '@2x' : ''}.png`));
  if (process.platform === 'darwin') image.setTemplateImage(true);
  return image;
}
