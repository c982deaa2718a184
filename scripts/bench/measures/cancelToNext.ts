import { join } from 'node:path';
import { slurmMissing, startSlurm } from '../../../tests/helpers/slurmCluster.ts';
import type { SlurmCluster } from '../../../tests/helpers/slurmCluster.ts';
import { installPackages } from '../../setup/systemPackages.mjs';
import { bareForkExec, BareCommits, stampCommand, untilFirstInstruction } from '../floors.ts';
import type { Context, Figure, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { interleaved, median, ratio, rounded } from '../statistics.ts';
import { TaskSpooler } from '../taskSpooler.ts';

const SAMPLES = 60;
/** Each takes a second or two: Slurm looks at its queue in rounds. */
const SLURM_SAMPLES = 30;

/** One slot, a running job that ends when it is told to, one that waits: from the cancel to the first instruction of the next. */
export const cancelToNext: Measure = {
  name: 'cancel-to-next',
  title: 'cancel call → next queued job’s first instruction',
  async run({ folder, times, say }: Context): Promise<Findings> {
    const file = join(folder, 'stamp');
    const stamp = stampCommand(file);
    await using core = await ServedCore.open(join(folder, 'data'));
    await core.ask('settings.set', { cpuSlots: 1 });
    await using spooler = await TaskSpooler.open(folder);
    using commits = new BareCommits(folder);
    if (spooler === null) throw new Error('tsp is not installed (Debian: task-spooler)');

    const samples = await interleaved(times(SAMPLES), {
      ours: async () => {
        const running = await core.submit({ command: ['sleep', '1000'], cwd: folder });
        await isRunning(core, running);
        const next = await core.submit({ command: stamp, cwd: folder });
        const from = process.hrtime.bigint();
        const answered = core.http('POST', `/cancel/${running}?wait=0`);
        const took = await untilFirstInstruction(from, file);
        await answered;
        await core.ask('jobs.await', { jobId: next, waitMs: 30_000 });
        return took;
      },
      tsp: async () => {
        const running = await spooler.ask('sleep', '1000');
        while ((await spooler.ask('-s', running)) !== 'running') await soon();
        const next = await spooler.ask(...stamp);
        const from = process.hrtime.bigint();
        const asked = spooler.ask('-k', running);
        const took = await untilFirstInstruction(from, file);
        await asked;
        await spooler.ask('-w', next);
        return took;
      },
      commit: () => Promise.resolve(commits.take()),
      start: () => bareForkExec(folder),
    });
    const figures: Figure[] = [
      {
        what: 'cancel call → next queued job’s first instruction, against tsp',
        value: ratio(samples.ours, samples.tsp),
        unit: 'x',
        bound: { is: 'at most', value: 1.5 },
        beside: `${rounded(median(samples.ours))} ms, with two records on disk in between; tsp ${rounded(median(samples.tsp))} ms, which writes nothing down and looks at main alone`,
        note: `floors: one commit ${rounded(median(samples.commit))} ms, and there are two: the cancel before the signal, the end with the next claim before the start; a bare fork and exec from Node ${rounded(median(samples.start))} ms`,
      },
    ];
    const slurm = await slurmSamples(times(SLURM_SAMPLES), folder, say);
    figures.push({
      what: '… against Slurm',
      value: slurm === null ? null : ratio(samples.ours, slurm),
      unit: 'x',
      bound: { is: 'at most', value: 0.5 },
      beside:
        slurm === null ? 'Slurm is not installed (Debian: slurm-wlm munge)' : `Slurm ${rounded(median(slurm))} ms`,
    });
    return { figures, samples: { ...samples, slurm: slurm ?? [] } };
  },
};

/** A cluster of one GPU: one slot. */
async function slurmSamples(times: number, folder: string, say: (line: string) => void): Promise<number[] | null> {
  if (slurmMissing() !== null) await installPackages(['slurm-wlm', 'munge']);
  const missing = slurmMissing();
  if (missing !== null) {
    say(missing);
    return null;
  }
  await using cluster = await startSlurm({ gpus: 1 });
  const taken: number[] = [];
  for (let time = 0; time <= times; time += 1) {
    const took = await slurmOnce(cluster, join(folder, 'slurm-stamp'));
    if (time > 0) taken.push(took);
  }
  return taken;
}

async function slurmOnce(cluster: SlurmCluster, file: string): Promise<number> {
  const submit = async (command: string): Promise<string> =>
    (
      await cluster.run('sbatch', ['--parsable', '--gres=gpu:1', '--output=/dev/null', `--wrap=exec ${command}`])
    ).trim();
  const running = await submit('sleep 1000');
  while ((await cluster.run('squeue', ['-h', '-j', running, '-o', '%T'])).trim() !== 'RUNNING') await soon();
  await submit(stampCommand(file).join(' '));
  const from = process.hrtime.bigint();
  await cluster.run('scancel', [running]);
  const took = await untilFirstInstruction(from, file);
  while ((await cluster.run('squeue', ['-h'])).trim() !== '') await soon();
  return took;
}

async function isRunning(core: ServedCore, id: number): Promise<void> {
  while ((await core.ask('jobs.get', { jobId: id })).status !== 'running') await soon();
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
