import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a client on this machine finds the running core: `<data>/api.json`, readable by its owner alone. */
export interface Discovery {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  readonly version: string;
}

/** Writes the file whole, mode 0600 from its first moment. */
export function writeDiscovery(dataFolder: string, discovery: Discovery): void {
  const path = join(dataFolder, 'api.json');
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(discovery)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** Takes the file away, if it is still this process's. */
export function removeDiscovery(dataFolder: string): void {
  if (readDiscovery(dataFolder)?.pid === process.pid) rmSync(join(dataFolder, 'api.json'), { force: true });
}

/** What the file says, or null when there is none that can be read. Whether the core still runs is for the caller to find out. */
export function readDiscovery(dataFolder: string): Discovery | null {
  try {
    return discoveryOf(JSON.parse(readFileSync(join(dataFolder, 'api.json'), 'utf8')));
  } catch {
    return null;
  }
}

/** Checked by hand: the terminal reads this file for every command, and a schema library costs it more than all the rest. */
function discoveryOf(value: unknown): Discovery | null {
  const { port, token, pid, version } = (value ?? {}) as Record<string, unknown>;
  if (!isWhole(port, 65_535) || !isWhole(pid, Number.MAX_SAFE_INTEGER)) return null;
  return typeof token === 'string' && token.length >= 16 && typeof version === 'string'
    ? { port, token, pid, version }
    : null;
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
}
