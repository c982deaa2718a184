import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from './finding.ts';
import { note, ok, wrong } from './finding.ts';

const GIB = 1024 ** 3;
/** Below this a log or a checkpoint of an ordinary run fills the disk. */
const SCARCE_BYTES = 5 * GIB;
const TOO_LITTLE_BYTES = GIB / 2;

/** How much room the disk of the data folder has. */
export function diskSpace(dataFolder: string): Finding {
  const { bavail, bsize } = statfsSync(nearest(dataFolder));
  const free = bavail * bsize;
  const words = `${(free / GIB).toFixed(1)} GiB free on the disk of the data folder.`;
  const advice = 'Free some space: logs of old runs are in the jobs folder there.';
  if (free < TOO_LITTLE_BYTES) return wrong('disk space', `${words} Changes of the queue may be refused.`, advice);
  return free < SCARCE_BYTES ? note('disk space', words, advice) : ok('disk space', words);
}

/** Whether the folder is ours, can be written, and nobody else can get in. */
export function permissions(dataFolder: string): Finding {
  const name = 'data folder';
  if (!existsSync(dataFolder)) return note(name, `${dataFolder} is not there yet; the first start makes it.`);
  const { mode, uid } = statSync(dataFolder);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own && own !== 0)
    return wrong(name, `${dataFolder} belongs to another user.`, 'Choose another folder with TRAINYARD_HOME.');
  try {
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return wrong(name, `${dataFolder} cannot be written.`, `chmod u+rwx ${dataFolder}`);
  }
  const api = statSync(join(dataFolder, 'api.json'), { throwIfNoEntry: false });
  // Whoever reads the token may run programs as us. Windows has no such modes.
  if (process.platform !== 'win32' && api !== undefined && (api.mode & 0o077) !== 0)
    return wrong(name, 'others can read api.json and with it the token.', `chmod 600 ${join(dataFolder, 'api.json')}`);
  if (process.platform !== 'win32' && (mode & 0o022) !== 0)
    return wrong(name, `others can write into ${dataFolder}.`, `chmod 700 ${dataFolder}`);
  if (process.platform !== 'win32' && (mode & 0o055) !== 0)
    return note(name, `others can look into ${dataFolder}, at logs and commands.`, `chmod 700 ${dataFolder}`);
  return ok(name, `${dataFolder} is yours alone.`);
}

/** How far the clock may be behind what it has written itself. */
const CLOCK_SLACK_MS = 60_000;

/** Whether the clock has gone back behind the last change of the database, or was never set. */
export function clock(dataFolder: string): Finding {
  const now = Date.now();
  const wal = statSync(join(dataFolder, 'queue.sqlite-wal'), { throwIfNoEntry: false });
  const file = statSync(join(dataFolder, 'queue.sqlite'), { throwIfNoEntry: false });
  const written = Math.max(wal?.mtimeMs ?? 0, file?.mtimeMs ?? 0);
  const booted = /^btime (\d+)$/m.exec(readOrEmpty('/proc/stat'))?.[1];
  const advice = 'Set it, best by NTP: timedatectl set-ntp true';
  const shown = new Date(now).toISOString();
  if (written > now + CLOCK_SLACK_MS)
    return wrong('clock', `it says ${shown}, but the queue was changed at ${new Date(written).toISOString()}.`, advice);
  if (now < Date.UTC(2025, 0, 1)) return wrong('clock', `it says ${shown}: it was never set.`, advice);
  if (booted !== undefined && Number(booted) * 1_000 > now + CLOCK_SLACK_MS)
    return wrong('clock', `it says ${shown}, before this machine was started.`, advice);
  return ok('clock', `${shown}, after all that the queue has written.`);
}

/** The folder itself, or the one above that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearest(dirname(folder));
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
