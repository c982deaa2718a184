import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireCommand } from '../setup/runCommand.mjs';
import { EXECUTABLE } from './folder.ts';
import type { BuildNames } from './names.ts';

const LIMIT_MS = 120_000;

/**
 * Tries the packaged command's version, the database's library, and `doctor`, which performs a trial run under the
 * packaged runner. Throws when one of them fails: on a user's machine it would fail too.
 */
export async function tryOut(folder: string, { version }: BuildNames): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'trainyard-package-'));
  const command = join(folder, 'bin', 'trainyard');
  const options = { limitMs: LIMIT_MS, env: { ...process.env, TRAINYARD_HOME: home, TRAINYARD_CACHE: home } };
  try {
    const said = await requireCommand('The packaged command does not start', command, ['--version'], options);
    if (said.trim() !== version) throw new Error(`The packaged command says it is ${said.trim()}, not ${version}`);
    await requireCommand('The packaged SQLite does not load', join(folder, EXECUTABLE), ['-e', useDatabase(folder)], {
      ...options,
      env: { ...options.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    const doctor = await requireCommand('The packaged app finds itself ill', command, ['doctor'], options);
    if (!/^ok\s+runner: Native/m.test(doctor)) {
      process.stdout.write('Without a C compiler the package has no native runner: the portable one is in it.\n');
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function useDatabase(folder: string): string {
  const path = join(folder, 'resources', 'app.asar', 'node_modules', 'better-sqlite3');
  return `new (require(${JSON.stringify(path)}))(':memory:').exec('CREATE TABLE t (a)')`;
}
