import type { Rows } from './rows.ts';

const LIVE = ['pending', 'running'];
const FINISHED = ['completed', 'failed', 'cancelled'];

/** From which statuses a kind of event may come, and to which it leads; null: the one that the event names. */
const PATHS: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string | null }>> = {
  'job.claimed': { from: ['queued'], to: 'pending' },
  'job.started': { from: ['pending'], to: 'running' },
  'job.ended': { from: ['queued', ...LIVE], to: null },
  'job.requeued': { from: FINISHED, to: 'queued' },
};
const STAYS: Readonly<Record<string, readonly string[]>> = {
  'job.placed': ['queued'],
  'job.stop-asked': LIVE,
  'job.stop-forced': LIVE,
  'job.stop-extended': LIVE,
  'job.stop-stage': LIVE,
};

/**
 * Plays the numbered events from the beginning: numbers without a gap, each job on a path that exists and ending where its row is,
 * no GPU with two runs at a time. Answers what is wrong.
 */
export function judgeEvents({ jobs, events }: Rows): readonly string[] {
  const wrong: string[] = [];
  const status = new Map<number, string>();
  const holders = new Map<string, number>();
  for (const [place, { seq, kind, job_id: job, data }] of events.entries()) {
    if (seq !== place + 1) {
      wrong.push(`event numbers: ${seq} stands where ${place + 1} should`);
      break;
    }
    if (job === null) continue;
    const now = status.get(job);
    if (kind === 'job.submitted') {
      if (now !== undefined) wrong.push(`#${job} was submitted twice (event ${seq})`);
      status.set(job, 'queued');
      continue;
    }
    const path = PATHS[kind];
    const allowed = path?.from ?? STAYS[kind] ?? [];
    if (now === undefined || !allowed.includes(now)) wrong.push(`#${job}: ${kind} (event ${seq}) while it was ${now}`);
    if (data.from !== undefined && data.from !== now)
      wrong.push(`#${job}: event ${seq} says from ${data.from}, it was ${now}`);
    if (path === undefined) continue;
    status.set(job, path.to ?? data.to ?? 'nowhere');
    if (kind === 'job.claimed')
      for (const gpu of data.gpus ?? []) {
        const other = holders.get(gpu);
        if (other !== undefined) wrong.push(`GPU ${gpu} was given to #${job} (event ${seq}) while #${other} had it`);
        holders.set(gpu, job);
      }
    if (kind === 'job.ended') for (const [gpu, holder] of holders) if (holder === job) holders.delete(gpu);
  }
  for (const { id, status: row } of jobs)
    if (status.get(id) !== row) wrong.push(`#${id} is ${row}, and its events say ${status.get(id)}`);
  return wrong;
}
