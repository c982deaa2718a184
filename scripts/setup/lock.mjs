import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 200;
// Between making the folder and writing the owner into it lie microseconds; an owner-less lock this old is an accident.
const ownerlessIsStaleMs = 5_000;

/**
 * Runs `work` while no other process on this machine holds the lock `path` (a folder). A lock whose owner has died,
 * even by kill -9 and even when its pid was reused, is taken over.
 * @template T
 * @param {string} path @param {() => Promise<T>} work
 * @param {(owner: string) => void} [onWait] told once, when there is somebody to wait for
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${process.pid} ${startTime(process.pid)}`;
  let told = false;
  while (!tryTake(path, mine)) {
    const owner = readOwner(path);
    if (isStale(path, owner)) breakLock(path, owner);
    else {
      if (!told) onWait(owner?.split(' ')[0] ?? '?');
      told = true;
      await sleep(pollMs);
    }
  }
  const release = () => {
    if (readOwner(path) === mine) rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} path @param {string} mine */
function tryTake(path, mine) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(path, 'owner'), mine);
  return true;
}

/** @param {string} path */
function readOwner(path) {
  try {
    return readFileSync(join(path, 'owner'), 'utf8');
  } catch {
    return null;
  }
}

/** @param {string} path @param {string | null} owner */
function isStale(path, owner) {
  if (!owner) {
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return made !== undefined && Date.now() - made > ownerlessIsStaleMs;
  }
  const [pid, started] = owner.split(' ');
  return startTime(Number(pid)) !== started;
}

/** @param {string} path @param {string | null} owner */
function breakLock(path, owner) {
  // Renaming is the claim: of several that found the lock stale, one gets it. If it was meanwhile renewed, it goes back.
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readOwner(aside) !== owner) {
    try {
      renameSync(aside, path);
      return;
    } catch {
      // Somebody has made a new lock in this instant; the one in hand belongs to nobody any more.
    }
  }
  rmSync(aside, { recursive: true, force: true });
}

/** When a process started, "alive" where the system does not tell, "none" when there is no such process. @param {number} pid */
function startTime(pid) {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Fields are counted after the command name, which may itself hold blanks and brackets.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'none';
    } catch {
      return 'none';
    }
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM' ? 'alive' : 'none';
  }
}
