import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { required } from '../../../src/shared/result.ts';
import { createSimulator } from '../../../tests/integration/gpu/simulator.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { median, rounded } from '../statistics.ts';

const SECONDS = 30;
const RUNS = 8;

/** A core that has nothing to do but to watch: eight runs, eight GPUs looked at once a second. */
export const idle: Measure = {
  name: 'idle',
  title: 'idle core with 8 runs and GPU polling at 1 Hz',
  async run({ folder, times }: Context): Promise<Findings> {
    const machine = createSimulator({ gpus: RUNS });
    try {
      await using core = await ServedCore.open(join(folder, 'data'), machine.env);
      await core.ask('settings.set', { nvidiaSmiPath: machine.command, cpuSlots: 1 });
      await core.setPace('watched');
      await core.ask('gpus.lookAgain', {});
      const ids: number[] = [];
      for (let run = 0; run < RUNS; run += 1)
        ids.push(await core.submit({ command: ['sleep', '1000'], cwd: folder, gpus: 1 }));
      for (const id of ids)
        while ((await core.ask('jobs.get', { jobId: id })).status !== 'running') await seconds(0.05);
      // What starting has left to do is done by then.
      await seconds(3);
      const percent: number[] = [];
      let before = await core.usage();
      for (let second = 0; second < times(SECONDS); second += 1) {
        const from = performance.now();
        await seconds(1);
        const usage = await core.usage();
        percent.push(((usage.cpuMs - before.cpuMs) / (performance.now() - from)) * 100);
        before = usage;
      }
      const runners = await Promise.all(ids.map((id) => runnerKib(core, id)));
      const mean = percent.reduce((sum, value) => sum + value, 0) / percent.length;
      return {
        samples: { percent, runners },
        figures: [
          {
            what: 'idle core, headless: 8 runs, 8 GPUs looked at once a second; share of one core',
            value: mean,
            unit: '%',
            bound: { is: 'at most', value: 1 },
            beside: `mean of ${percent.length} s; median second ${rounded(median(percent))} %. nvidia-smi is a simulator and not counted`,
          },
          {
            what: 'memory of the core, headless',
            value: before.rssBytes / 2 ** 20,
            unit: 'MiB',
            bound: null,
            beside: `of each run besides its trainer: the runner, ${rounded(median(runners))} KiB`,
          },
        ],
      };
    } finally {
      machine.remove();
    }
  },
};

/** Resident memory of a run's runner. */
async function runnerKib(core: ServedCore, id: number): Promise<number> {
  const { runDirectory } = await core.ask('jobs.get', { jobId: id });
  const identity = JSON.parse(readFileSync(join(required(runDirectory, 'it runs'), 'identity.json'), 'utf8')) as {
    readonly runner_pid: number;
  };
  return Number(/^Rss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${identity.runner_pid}/smaps_rollup`, 'utf8'))?.[1]);
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}
