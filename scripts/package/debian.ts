import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { requireCommand } from '../setup/runCommand.mjs';
import { layOutDeb } from './debianTree.ts';
import type { DebParts } from './debianTree.ts';
import { sourceTime } from './sourceTime.ts';

/** How much is done to make it small. `quick` is for tests: a second instead of minutes. */
export type Packing = 'small' | 'quick';
// One thread: how xz divides the work among several shows in the bytes.
const PACKING: Readonly<Record<Packing, readonly string[]>> = {
  small: ['-Zxz', '-z3', '--threads-max=1'],
  quick: ['-Znone'],
};
const LIMIT_MS = 20 * 60_000;

/**
 * Makes the .deb with dpkg-deb: everything belongs to root, and the same sources give the same bytes (times are those of
 * the last commit, or SOURCE_DATE_EPOCH's).
 */
export async function makeDeb(
  parts: DebParts,
  packing: Packing,
): Promise<{ readonly path: string; readonly bytes: number }> {
  const { root, out, names } = parts;
  const staging = join(out, '.deb');
  const path = join(out, `trainyard_${names.debVersion}_${names.debArchitecture}.deb`);
  rmSync(staging, { recursive: true, force: true });
  await layOutDeb(parts, staging);
  await requireCommand(
    'Building the .deb failed',
    'dpkg-deb',
    ['--root-owner-group', ...PACKING[packing], '--build', staging, path],
    { env: { ...process.env, SOURCE_DATE_EPOCH: String(await sourceTime(root)) }, limitMs: LIMIT_MS },
  );
  rmSync(staging, { recursive: true });
  return { path, bytes: statSync(path).size };
}
