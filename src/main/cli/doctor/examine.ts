import { applicationRoot, shippedFiles } from '../../paths.ts';
import { clock, diskSpace, permissions } from './folderChecks.ts';
import type { Finding } from './finding.ts';
import { wrong } from './finding.ts';
import { database } from './databaseCheck.ts';
import { gpuDriver } from './gpuCheck.ts';
import { runningCore } from './coreCheck.ts';
import { slurm } from './slurmCheck.ts';
import { controlGroups, runner, systemdScope } from './runnerChecks.ts';

/** Looks at everything that the app stands on, whether a core runs or not. Changes nothing in the data folder. */
export async function examine(dataFolder: string): Promise<readonly Finding[]> {
  const checks: readonly (readonly [
    string,
    () => Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>,
  ])[] = [
    ['core', () => runningCore(dataFolder)],
    ['runner', () => runner(shippedFiles(applicationRoot()).runners)],
    ['systemd scope', () => systemdScope(process.env)],
    ['cgroup v2', controlGroups],
    ['gpu driver', () => gpuDriver(dataFolder, process.env)],
    ['slurm', () => slurm(dataFolder, process.env)],
    ['database', () => database(dataFolder)],
    ['disk space', () => diskSpace(dataFolder)],
    ['data folder', () => permissions(dataFolder)],
    ['clock', () => clock(dataFolder)],
  ];
  const found = await Promise.all(
    checks.map(async ([name, check]) => {
      try {
        return await check();
      } catch (error) {
        // A check that cannot be made must not hide the others.
        return wrong(name, `could not be looked at: ${String(error)}`, 'Report this with the output of this command.');
      }
    }),
  );
  return found.flat();
}
