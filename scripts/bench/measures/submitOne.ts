import { BareCommits } from '../floors.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { median, rounded } from '../statistics.ts';
import { TaskSpooler } from '../taskSpooler.ts';

/** Each sample is so many submits. */
const AT_A_TIME = 100;
const SAMPLES = 30;

/** One submit after the other, each waiting for its answer. */
export const submitOne: Measure = {
  name: 'submit-one',
  title: 'submit, one by one',
  async run({ folder, times }: Context): Promise<Findings> {
    await using core = await ServedCore.open(`${folder}/data`);
    await core.ask('queue.setMode', { mode: 'pause' });
    const body = JSON.stringify({ command: ['true'], cwd: folder });
    using commits = new BareCommits(folder);
    const floor: number[] = [];
    const ours: number[] = [];
    const tsp: number[] = [];
    for (let time = 0; time <= times(SAMPLES); time += 1) {
      const from = performance.now();
      for (let count = 0; count < AT_A_TIME; count += 1) await core.http('POST', '/jobs', body);
      const took = performance.now() - from;
      // A new server each time: with more that waits it becomes slower.
      await using spooler = await TaskSpooler.open(`${folder}/${time}`);
      if (spooler === null) throw new Error('tsp is not installed (Debian: task-spooler)');
      await spooler.ask('sleep', '1000');
      const tookTsp = await spooler.submitInLoop(AT_A_TIME, 'true');
      if (time === 0) continue;
      ours.push((AT_A_TIME / took) * 1_000);
      tsp.push((AT_A_TIME / tookTsp) * 1_000);
      for (let count = 0; count < AT_A_TIME; count += 1) floor.push(commits.take());
    }
    return {
      samples: { ours, tsp, floor },
      figures: [
        {
          what: 'submit, one by one over one HTTP connection, against tsp in a shell loop',
          value: median(ours) / median(tsp),
          unit: 'x',
          bound: { is: 'at least', value: 3 },
          beside: `${rounded(median(ours))} jobs/s, each on disk before its answer; tsp ${rounded(median(tsp))} jobs/s, nothing on disk`,
          note: `floor: one commit on this disk takes ${rounded(median(floor))} ms, so no more than ${rounded(1_000 / median(floor))} answers/s can be on it, one after the other`,
        },
      ],
    };
  },
};
