import type { Ask } from '../../askCore.ts';
import { within } from '../../within.ts';

/** What closing the window may lead to. */
export interface ClosingParts {
  readonly ask: Ask;
  /** Whether a tray that shows icons is there now. */
  readonly hasTray: () => Promise<boolean>;
  /** Hides the window; the app goes on in the tray. */
  readonly hide: () => void;
  readonly quit: () => void;
  readonly log: (line: string) => void;
}

const SETTING_LIMIT_MS = 2_000;

/**
 * Decides what the closed window means: the app goes on in the tray where the setting says so and there is a tray to find it
 * in; everywhere else it quits. An app that nobody can reach is left running in no case.
 */
export async function closeWindow({ ask, hasTray, hide, quit, log }: ClosingParts): Promise<void> {
  let toTray = false;
  try {
    const { closeToTray } = await within(SETTING_LIMIT_MS, ask('settings.get', {}));
    toTray = closeToTray && (await hasTray());
  } catch (error) {
    log(`closing: ${String(error)}`);
  }
  if (toTray) hide();
  else quit();
}
