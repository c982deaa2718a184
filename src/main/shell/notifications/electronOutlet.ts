import { Notification } from 'electron';
import type { NoticeOutlet, OutletParts } from './outlet.ts';

/** Shows notices with Electron's own: macOS has buttons, Windows the plain click. */
export function createElectronOutlet({ onDeed, icon, log }: OutletParts): NoticeOutlet {
  // Held here: one that is collected as garbage does not answer clicks.
  const shown = new Map<string, Notification>();

  function withdraw(key: string): void {
    const old = shown.get(key);
    shown.delete(key);
    old?.close();
  }

  return {
    show({ key, title, body, urgent, click, actions }) {
      if (!Notification.isSupported()) return;
      withdraw(key);
      const note = new Notification({
        title,
        body,
        icon,
        urgency: urgent ? 'critical' : 'normal',
        timeoutType: urgent ? 'never' : 'default',
        actions: process.platform === 'darwin' ? actions.map(({ label }) => ({ type: 'button', text: label })) : [],
      });
      const forget = (): void => {
        if (shown.get(key) === note) shown.delete(key);
      };
      note.on('click', () => {
        forget();
        onDeed(click);
      });
      note.on('action', (_, index) => {
        forget();
        const pressed = actions[index];
        if (pressed !== undefined) onDeed(pressed.deed);
      });
      note.on('close', forget);
      note.on('failed', (_, error) => log(`notifications: not shown: ${error}`));
      shown.set(key, note);
      note.show();
    },
    withdraw,
    async close() {
      for (const note of shown.values()) note.close();
      shown.clear();
    },
  };
}
