import { join } from 'node:path';
import { createJobStore } from '../../../src/main/core/db/jobStore.ts';
import { openDatabase } from '../../../src/main/core/db/open.ts';
import type { Track } from '../../../src/main/core/domain/schedule.ts';
import { schedule } from '../../../src/main/core/domain/schedule.ts';
import { WaitingList } from '../../../src/main/core/queue/waitingList.ts';
import { pictureOf } from '../../../src/main/core/queue/yard.ts';
import { fillHistory } from '../../../tests/helpers/longHistory.ts';
import type { Context, Figure, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { interleaved, median, quantile, rounded } from '../statistics.ts';

const QUEUED = 10_000;
const SAMPLES = 30;
const BATCH = 5_000;
const GPUS = 8;

/** One size of history. */
interface Size {
  readonly words: string;
  readonly folder: string;
  readonly finished: number;
}

/** Whether a long history and a long queue slow anything down that people wait for. */
export const history: Measure = {
  name: 'history',
  title: '100 000 finished + 10 000 queued',
  async run({ folder, quick, times, say }: Context): Promise<Findings> {
    const sizes: readonly Size[] = [1_000, 10_000, quick ? 20_000 : 100_000].map((finished) => ({
      words: finished.toLocaleString('en'),
      folder: join(folder, String(finished)),
      finished,
    }));
    for (const size of sizes) await fill(size, say);
    const last = sizes.at(-1);
    if (last === undefined) return { figures: [], samples: {} };

    const opened = async (of: string): Promise<number> => {
      const core = await ServedCore.open(of);
      await core.leave();
      return core.startMs;
    };
    const starts = await interleaved(times(SAMPLES), {
      empty: () => opened(join(folder, 'empty')),
      ...Object.fromEntries(sizes.map((size) => [size.words, () => opened(size.folder)])),
    });
    const samples: Record<string, readonly number[]> = Object.fromEntries(
      Object.entries(starts).map(([name, values]) => [`start ${name}`, values]),
    );
    for (const size of sizes) Object.assign(samples, await lookedAt(size, times(SAMPLES)));

    const growth = (what: string): string =>
      sizes.map(({ words }) => `${words}: ${rounded(median(samples[`${what} ${words}`] ?? []))} ms`).join(', ');
    const empty = median(starts.empty);
    const figure = (what: string, name: string, bound: number): Figure => ({
      what,
      value: median(samples[`${name} ${last.words}`] ?? []),
      unit: 'ms',
      bound: { is: 'at most', value: bound },
      beside: `${growth(name)}; worst ${rounded(quantile(samples[`${name} ${last.words}`] ?? [], 1))} ms`,
    });
    return {
      samples,
      figures: [
        {
          what: `${last.words} finished and 10 000 queued jobs: start until it serves, against an empty folder`,
          value: median(samples[`start ${last.words}`] ?? []) / empty,
          unit: 'x',
          bound: { is: 'at most', value: 1.2 },
          beside: `${growth('start')}; empty: ${rounded(empty)} ms`,
        },
        figure('… a page of 100 of the list, over HTTP', 'page', 50),
        figure('… a page of those that failed', 'failed', 50),
        figure('… search for what is nowhere, over HTTP', 'search', 50),
        figure('… one look of the scheduler at the queue, 8 busy GPUs', 'pass', 10),
      ],
    };
  },
};

/** Finished jobs by the product's own stores, queued ones through its door; half of them want GPUs, which nobody has here. */
async function fill({ folder, finished, words }: Size, say: (line: string) => void): Promise<void> {
  fillHistory(folder, finished);
  await using core = await ServedCore.open(folder);
  await core.ask('queue.setMode', { mode: 'pause' });
  for (let from = 0; from < QUEUED; from += BATCH) {
    const jobs = Array.from({ length: BATCH }, (_, n) => ({
      command: ['python3', 'train.py', '--config', 'configs/base.yaml', '--seed', String(from + n)],
      cwd: folder,
      gpus: n % 2 === 0 ? 0 : 1 + (n % GPUS),
    }));
    await core.http('POST', '/jobs/batch', JSON.stringify({ jobs }));
  }
  say(`${words} finished and ${QUEUED} queued are there`);
  await core.leave();
}

/** List, search and a look of the scheduler. */
async function lookedAt({ folder, words }: Size, times: number): Promise<Record<string, readonly number[]>> {
  await using core = await ServedCore.open(folder);
  const get = async (path: string): Promise<number> => {
    const from = performance.now();
    await core.http('GET', path);
    return performance.now() - from;
  };
  const asked = await interleaved(times, {
    page: () => get('/jobs?limit=100'),
    failed: () => get('/jobs?limit=100&status=failed'),
    search: () => get('/jobs?limit=100&search=zebra'),
  });
  await core.leave();
  const db = openDatabase(join(folder, 'queue.sqlite'), { nativeBinding: null });
  try {
    const jobs = createJobStore(db);
    const waiting = new WaitingList(jobs, () => false);
    const pass = await interleaved(times, { pass: async () => look(jobs, waiting) });
    return Object.fromEntries(
      [...Object.entries(asked), ...Object.entries(pass)].map(([name, values]) => [`${name} ${words}`, values]),
    );
  } finally {
    db.close();
  }
}

/** Every GPU is in use by somebody else and no CPU slot is free: each job has to be told why it waits. */
function look(jobs: ReturnType<typeof createJobStore>, waiting: WaitingList): number {
  const tracks = Array.from({ length: GPUS }, (_, index): Track => ({
    uuid: `GPU-${index}`,
    index,
    memoryTotalMiB: 24_000,
    undeclaredMiB: 11_000,
    foreign: 'pid 4412, not ours',
    quarantine: null,
  }));
  const from = performance.now();
  const { starts, blockers } = schedule(
    pictureOf(jobs, { mode: 'run', cpuSlots: 0, tracks, turns: waiting.inOrder(), elsewhereClosed: null }),
  );
  const took = performance.now() - from;
  if (starts.length > 0 || blockers.size !== QUEUED)
    throw new Error(`${starts.length} start, ${blockers.size} have a reason`);
  return took;
}
