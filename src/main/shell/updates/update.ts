import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppUpdater } from 'electron-updater';
import type { ApiError } from '../../../shared/contract.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';

/** What updating asks of the app around it. */
export interface UpdateParts {
  /** Whether any run is live at this moment. */
  readonly hasLiveRuns: () => Promise<boolean>;
  /** Called once for each version that is fetched and can be installed. */
  readonly updateReady: (version: string) => void;
  readonly log: (line: string) => void;
}

/** Why nothing is installed. */
export type InstallRefusal = 'no-update' | 'runs-live';

/** What a person is told when an installation was asked for. */
export function installAnswer(outcome: Result<null, InstallRefusal> | undefined): Result<null, ApiError> {
  if (outcome?.ok === true) return outcome;
  return refused({
    code: 'REFUSED',
    message:
      outcome?.error === 'runs-live'
        ? 'Runs are live: the update is installed only while none is. Ask again when they have ended.'
        : 'There is no update to install.',
  });
}

/** Newer releases of the app. */
export interface Updates {
  /** The version that was fetched and waits, or null. */
  readonly ready: string | null;
  /** Looks for one now and fetches it; what goes wrong is logged. Resolves when it has been looked for. */
  check(): Promise<void>;
  /** Installs what was fetched and starts the app again. Refused while runs are live, and when nothing was fetched. */
  install(): Promise<Result<null, InstallRefusal>>;
  /** Looks no more. */
  close(): void;
}

/** The first look is no part of the start; later ones once a day. */
const FIRST_LOOK_MS = 60_000;
const LOOK_EVERY_MS = 24 * 60 * 60_000;

/**
 * Looks for newer releases with electron-updater, or null where there is nothing to look at: the app runs from a clone, or
 * the package names no repository (test builds, and packages that nobody publishes).
 */
export async function startUpdates(
  parts: UpdateParts,
  { isPackaged, resources }: { readonly isPackaged: boolean; readonly resources: string },
): Promise<Updates | null> {
  if (!isPackaged || !existsSync(join(resources, 'app-update.yml'))) return null;
  // Loaded only here: it takes a tenth of a second.
  const { default: library } = await import('electron-updater');
  const updates = createUpdates(library.autoUpdater, parts);
  const look = (): void => void updates.check();
  const first = setTimeout(look, FIRST_LOOK_MS);
  const daily = setInterval(look, LOOK_EVERY_MS);
  return {
    get ready() {
      return updates.ready;
    },
    check: () => updates.check(),
    install: () => updates.install(),
    close() {
      clearTimeout(first);
      clearInterval(daily);
      updates.close();
    },
  };
}

/** The part of electron-updater that is used. */
export type Updater = Pick<
  AppUpdater,
  'autoDownload' | 'autoInstallOnAppQuit' | 'logger' | 'on' | 'checkForUpdates' | 'quitAndInstall'
>;

/** The rule around an updater: it may fetch at any time, and installs only on a person's word and without live runs. */
export function createUpdates(updater: Updater, { hasLiveRuns, updateReady, log }: UpdateParts): Updates {
  let ready: string | null = null;
  let closed = false;
  updater.autoDownload = true;
  // Quitting keeps runs alive: what is installed then would be installed under them.
  updater.autoInstallOnAppQuit = false;
  const tell = (line: unknown): void => log(`update: ${String(line)}`);
  updater.logger = { info: () => {}, warn: tell, error: tell };
  updater.on('update-downloaded', ({ version }) => {
    if (closed || version === ready) return;
    ready = version;
    log(`update: ${version} is fetched and waits to be installed`);
    updateReady(version);
  });
  // The logger has it; without a listener it would be thrown.
  updater.on('error', () => {});
  return {
    get ready() {
      return ready;
    },
    async check() {
      try {
        await updater.checkForUpdates();
      } catch {
        // No network, or no release yet: told by the logger, tried again tomorrow.
      }
    },
    async install() {
      if (ready === null) return refused('no-update');
      if (await hasLiveRuns()) {
        log(`update: ${ready} is not installed, runs are live`);
        return refused('runs-live');
      }
      log(`update: installing ${ready}`);
      updater.quitAndInstall(true, true);
      return ok(null);
    },
    close() {
      closed = true;
    },
  };
}
