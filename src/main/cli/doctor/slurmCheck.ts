import { counted } from '../../core/domain/words.ts';
import { hostShell } from '../../core/engines/slurm/shell.ts';
import { SlurmCommands } from '../../core/engines/slurm/slurmCommands.ts';
import { placeOf, sshHostOf } from '../../core/engines/slurm/slurmTargets.ts';
import { SshShell } from '../../core/engines/slurm/sshShell.ts';
import { environmentForOthers } from '../../core/runs/runEnvironment.ts';
import type { Finding } from './finding.ts';
import { note, ok, wrong } from './finding.ts';
import { savedSettings } from './savedSettings.ts';

const NAME = 'slurm';

/** Whether the Slurm that the settings name answers, asked from this terminal. */
export async function slurm(dataFolder: string, own: NodeJS.ProcessEnv): Promise<Finding> {
  const settings = savedSettings(dataFolder);
  const place = settings === null ? null : placeOf(settings);
  if (place === null) return note(NAME, 'none is set up; jobs run on this machine.');
  const host = sshHostOf(place.via);
  const environment = environmentForOthers(own);
  const shell = host === null ? hostShell(environment) : new SshShell(host, environment);
  const commands = new SlurmCommands(shell, place.commands);
  try {
    const facts = await commands.facts();
    if (!facts.ok) {
      const advice =
        host === null
          ? 'Its commands must be on PATH, or their folder in the settings; look at `sinfo`.'
          : `\`ssh ${host} sinfo\` must work without a question.`;
      return wrong(NAME, `${shell.words} does not answer: ${facts.error.words}.`, advice);
    }
    const { cluster, version, partitions, processTracking, hasAccounting } = facts.value;
    const gpus = partitions.map(({ name, gpus: { total } }) => `${name} (${counted(total, 'GPU', 'GPUs')})`);
    const words = `${shell.words}: ${cluster}, Slurm ${version ?? '?'}, partitions ${gpus.join(', ') || 'none'}.`;
    if (processTracking !== 'proctrack/cgroup')
      return note(
        NAME,
        `${words} It follows processes by ${processTracking ?? '?'}, so one that leaves its parent may outlive its job.`,
        'Ask for ProctrackType=proctrack/cgroup.',
      );
    return hasAccounting
      ? ok(NAME, words)
      : note(
          NAME,
          `${words} It keeps no accounting: what ends while no core runs for MinJobAge is not known afterwards.`,
        );
  } finally {
    commands[Symbol.dispose]();
  }
}
