import { join } from 'node:path';
import type { JobSpec } from '../../../src/main/core/domain/job.ts';
import { LEAVE_AT_ONCE } from '../../../src/main/core/queue/withdrawals.ts';
import { bareLeaving } from '../floors.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { median, quantile, rounded } from '../statistics.ts';

const JOBS = 10_000;
const SAMPLES = 30;
/** What the floor's jobs are like. */
const SPEC: JobSpec = {
  name: 'python3 train.py',
  command: ['python3', 'train.py', '--seed', '1'],
  cwd: '/',
  env: {},
  secretEnv: [],
  gpus: 0,
  gpuMemoryMiB: null,
  gpuUuids: [],
  minGpuMemoryMiB: null,
  stopSignal: 'SIGTERM',
  graceMs: 10_000,
  timeLimitMs: null,
  after: [],
  target: { kind: 'local' },
};

/** Ten thousand queued jobs leave by one request. */
export const cancelAll: Measure = {
  name: 'cancel-all',
  title: 'cancel all of 10 000 queued',
  async run({ folder, times }: Context): Promise<Findings> {
    const took: number[] = [];
    const blocks: number[] = [];
    const floor: number[] = [];
    const body = JSON.stringify({
      jobs: Array.from({ length: JOBS }, (_, n) => ({
        command: ['python3', 'train.py', '--seed', String(n)],
        cwd: folder,
      })),
    });
    for (let time = 0; time <= times(SAMPLES); time += 1) {
      await using core = await ServedCore.open(join(folder, `data-${time}`));
      await core.ask('settings.set', { cpuSlots: 1 });
      await core.submit({ command: ['sleep', '1000'], cwd: folder });
      await core.http('POST', '/jobs/batch', body);
      const longest = await core.watchLoop();
      const from = performance.now();
      const { jobs } = JSON.parse(await core.http('POST', '/cancel', JSON.stringify({ jobs: 'queued' }))) as {
        readonly jobs: readonly unknown[];
      };
      const ms = performance.now() - from;
      const block = await longest();
      if (jobs.length !== JOBS) throw new Error(`${jobs.length} of ${JOBS} were cancelled`);
      if (time === 0) continue;
      took.push(ms);
      floor.push(bareLeaving(folder, Array<JobSpec>(JOBS).fill(SPEC), LEAVE_AT_ONCE));
      blocks.push(block);
    }
    return {
      samples: { took, blocks, floor },
      figures: [
        {
          what: 'cancel all of 10 000 queued, request → every record on disk',
          value: median(took),
          unit: 'ms',
          bound: { is: 'at most', value: 500 },
          beside: `worst of ${took.length}: ${rounded(quantile(took, 1))} ms; floor: SQLite alone writes the same rows, runs and events in ${rounded(median(floor))} ms`,
          note: `each of them also gets its decision, its receipt and its number, in slices of ${LEAVE_AT_ONCE}, so that nobody else waits`,
        },
        {
          what: '… longest block of the event loop meanwhile',
          value: median(blocks),
          unit: 'ms',
          bound: { is: 'at most', value: 50 },
          beside: `worst of ${blocks.length}: ${rounded(quantile(blocks, 1))} ms`,
        },
      ],
    };
  },
};
