import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { requireCommand } from '../setup/runCommand.mjs';
import { layOutDeb } from './debianTree.ts';
import type { DebParts } from './debianTree.ts';
import { sourceTime } from './sourceTime.ts';

const LIMIT_MS = 20 * 60_000;

/**
 * Makes the .deb with dpkg-deb: everything belongs to root, and the same sources give the same bytes (times are those of
 * the last commit, or SOURCE_DATE_EPOCH's).
 */
export async function makeDeb(parts: DebParts): Promise<{ readonly path: string; readonly bytes: number }> {
  const { root, out, names } = parts;
  const staging = join(out, '.deb');
  const path = join(out, `trainyard_${names.debVersion}_${names.debArchitecture}.deb`);
  rmSync(staging, { recursive: true, force: true });
  await layOutDeb(parts, staging);
  await requireCommand(
    'Building the .deb failed',
    'dpkg-deb',
    // One thread: how xz divides the work among several shows in the bytes.
    ['--root-owner-group', '--threads-max=1', '-Zxz', '-z3', '--build', staging, path],
    { env: { ...process.env, SOURCE_DATE_EPOCH: String(await sourceTime(root)) }, limitMs: LIMIT_MS },
  );
  rmSync(staging, { recursive: true });
  return { path, bytes: statSync(path).size };
}
