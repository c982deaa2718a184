import { join } from 'node:path';
import { childrenOf } from '../../../tests/helpers/process.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { median, rounded } from '../statistics.ts';
import { TaskSpooler } from '../taskSpooler.ts';

const JOBS = 10_000;
const SAMPLES = 30;
const TSP_AT_A_TIME = 300;

/** Ten thousand jobs in one request. */
export const submitBatch: Measure = {
  name: 'submit-batch',
  title: 'submit, batch of 10 000',
  async run({ folder, times, say }: Context): Promise<Findings> {
    const ours: number[] = [];
    const tsp: number[] = [];
    const blocks: number[] = [];
    const body = JSON.stringify({
      jobs: Array.from({ length: JOBS }, (_, n) => ({
        command: ['python3', 'train.py', '--seed', String(n)],
        cwd: folder,
      })),
    });
    for (let time = 0; time <= times(SAMPLES); time += 1) {
      await using core = await ServedCore.open(join(folder, `data-${time}`));
      await core.ask('queue.setMode', { mode: 'pause' });
      const longest = await core.watchLoop();
      const from = performance.now();
      await core.http('POST', '/jobs/batch', body);
      const took = performance.now() - from;
      const block = await longest();
      await using spooler = await TaskSpooler.open(join(folder, `tsp-${time}`));
      if (spooler === null) throw new Error('tsp is not installed (Debian: task-spooler)');
      await spooler.ask('sleep', '1000');
      const tookTsp = await spooler.submitInLoop(TSP_AT_A_TIME, 'true');
      if (time === 0) continue;
      ours.push((JOBS / took) * 1_000);
      tsp.push((TSP_AT_A_TIME / tookTsp) * 1_000);
      blocks.push(block);
    }
    say(`${childrenOf(process.pid).length} processes are left here`);
    return {
      samples: { ours, tsp, blocks },
      figures: [
        {
          what: 'submit, batch of 10 000 through HTTP, against tsp one by one',
          value: median(ours) / median(tsp),
          unit: 'x',
          bound: { is: 'at least', value: 20 },
          beside: `${rounded(median(ours))} jobs/s, all or none in one transaction; tsp ${rounded(median(tsp))} jobs/s with ${TSP_AT_A_TIME} that wait. The loop was blocked for ${rounded(median(blocks))} ms`,
          note: 'tsp keeps one process for every job that waits, so 10 000 at once are 10 000 processes; it was asked for fewer',
        },
      ],
    };
  },
};
