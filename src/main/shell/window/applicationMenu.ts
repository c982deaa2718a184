import { Menu } from 'electron';

/** macOS takes the keys for quitting, copying and pasting from the menu; elsewhere the window has its own, and no menu bar. */
export function setApplicationMenu(): void {
  const isMac = process.platform === 'darwin';
  Menu.setApplicationMenu(
    isMac ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]) : null,
  );
}
