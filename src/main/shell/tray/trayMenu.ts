import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import { assertNever } from '../../../shared/result.ts';
import type { TrayCommand, TrayEntry } from './trayModel.ts';

/** The menu of these lines; `perform` gets the command of the one that is clicked. */
export function trayMenu(entries: readonly TrayEntry[], perform: (command: TrayCommand) => void): Menu {
  return Menu.buildFromTemplate(entries.map((entry) => menuItem(entry, perform)));
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
