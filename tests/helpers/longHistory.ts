import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createEventStore } from '../../src/main/core/db/eventStore.ts';
import { createJobStore } from '../../src/main/core/db/jobStore.ts';
import { openDatabase } from '../../src/main/core/db/open.ts';
import type { FinishedState, Stop } from '../../src/main/core/domain/job.ts';

const NAMES = ['gpt2-350m-fineweb', 'qwen2.5-0.5b-sft', 'sdxl-lora-corgi', 'vit-l-inat21', 'whisper-small-de'];
const STATUSES = ['completed', 'completed', 'completed', 'failed', 'cancelled'] as const;
/** One run ended every so often, the last one a minute ago. */
const EVERY_MS = 600_000;

/**
 * Fills the database of a data folder with finished jobs, through the product's own stores, in one transaction. No core may
 * be open on it. The n-th job has the number n when the folder was empty; the later its number, the later it ended.
 */
export function fillHistory(dataFolder: string, count: number): void {
  mkdirSync(dataFolder, { recursive: true });
  const db = openDatabase(join(dataFolder, 'queue.sqlite'), { nativeBinding: null });
  const [jobs, events] = [createJobStore(db), createEventStore(db)];
  const now = Date.now();
  const fill = db.transaction(() => {
    for (let n = 1; n <= count; n += 1) {
      const endedAt = now - 60_000 - (count - n) * EVERY_MS;
      const took = 1_000 * ((n * 7_919) % 40_000);
      const job = jobs.insertTx({
        spec: {
          name: `${NAMES[n % NAMES.length] ?? 'job'}-${n}`,
          command: ['python', 'train.py', '--config', `configs/run_${n}.yaml`, '--seed', String(n)],
          cwd: '/home/ada/work/gpt-lab',
          env: { OMP_NUM_THREADS: '8' },
          secretEnv: [],
          gpus: n % 3,
          gpuMemoryMiB: null,
          gpuUuids: [],
          minGpuMemoryMiB: null,
          after: [],
          stopSignal: 'SIGTERM',
          graceMs: 10_000,
          timeLimitMs: null,
          target: { kind: 'local' },
        },
        priority: 0,
        held: false,
        submittedAt: endedAt - took - 5_000,
      });
      const status = STATUSES[n % STATUSES.length] ?? 'completed';
      const state: FinishedState = {
        status,
        run: `${job.id}-1-history`,
        gpus: [],
        startedAt: endedAt - took,
        endedAt,
        outcome: { kind: 'exited', code: status === 'failed' ? 1 : 0, cause: null },
        stop: status === 'cancelled' ? stopAt(endedAt - 1_500) : null,
      };
      jobs.writeTx(job, { state, attempt: 1 }, 'boot-of-the-history');
      events.appendTx(endedAt, 'job.ended', job.id, { status: state.status });
    }
  });
  fill.immediate();
  db.close();
}

function stopAt(requestedAt: number): Stop {
  return {
    intent: 'cancel',
    by: 'window',
    requestedAt,
    deadlineAt: requestedAt + 10_000,
    stage: 'verifying',
    forced: false,
  };
}
