import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurmMissing } from '../helpers/slurmCluster.ts';
import { programIn, SAVES_ON_TERM, sleeper, SlurmYard, untilNoneTagged } from './slurmYard.ts';

const LIMIT_MS = 120_000;

describe.skipIf(slurmMissing() !== null)('several jobs on Slurm', () => {
  let slurm: SlurmYard;

  beforeAll(async () => {
    slurm = await SlurmYard.start();
  });
  afterAll(async () => {
    await slurm[Symbol.asyncDispose]();
  });

  test('a job that waits for one on Slurm is handed over with a dependency, and starts when that has completed', async () => {
    const { yard, cluster } = slurm;
    const go = join(slurm.notes, 'go-first');
    const order = join(slurm.notes, 'order');
    const first = await slurm.submit(['sh', '-c', `while [ ! -e ${go} ]; do sleep 0.1; done; echo first >> ${order}`]);
    const second = await slurm.submit(['sh', '-c', `echo second >> ${order}`], { after: [first.id] });
    await yard.until(second.id, ({ sentence }) => sentence.includes('(Dependency)'), LIMIT_MS);
    const shown = await cluster.run('scontrol', ['show', 'job', String(await slurm.slurmId(second.id))]);
    expect(shown).toContain(`Dependency=afterok:${await slurm.slurmId(first.id)}`);
    writeFileSync(go, '');
    await yard.until(second.id, 'completed', LIMIT_MS);
    expect(readFileSync(order, 'utf8')).toBe('first\nsecond\n');
  });

  test('one whose earlier job failed never starts and says why; a job of this machine waits in our queue', async () => {
    const { yard } = slurm;
    const go = join(slurm.notes, 'go-fail');
    const fails = await slurm.submit(['sh', '-c', `while [ ! -e ${go} ]; do sleep 0.1; done; exit 1`]);
    const there = await slurm.submit(['true'], { after: [fails.id] });
    const here = await yard.submit(['true'], { after: [fails.id] });
    await yard.until(there.id, ({ sentence }) => sentence.includes('(Dependency)'), LIMIT_MS);
    writeFileSync(go, '');
    await yard.until(there.id, ({ sentence }) => sentence.includes('DependencyNeverSatisfied'), LIMIT_MS);
    await yard.until(here.id, ({ sentence }) => sentence.includes('which has failed'), LIMIT_MS);
    await yard.get('jobs.cancelMany', { jobs: [there.id, here.id] });
    await yard.until(there.id, 'cancelled', LIMIT_MS);
  });

  test('a time limit is Slurm’s: main is told in time and keeps its checkpoint, one that does not listen is stopped', async () => {
    const { yard } = slurm;
    const saved = join(slurm.notes, 'saved-in-time');
    const [listens, deaf] = await Promise.all([
      slurm.submit(['python3', programIn(yard.home, 'saver.py', SAVES_ON_TERM)], {
        env: { SAVED: saved },
        // Told up to a minute earlier than 30 s before the end: not before it listens.
        timeLimitSeconds: 180,
        graceSeconds: 30,
      }),
      slurm.submit(sleeper("trap '' TERM"), { timeLimitSeconds: 120, graceSeconds: 5 }),
    ]);
    await yard.until(listens.id, ({ endedAt }) => endedAt !== null, 300_000);
    expect(readFileSync(saved, 'utf8')).toBe('step 7');
    await yard.until(deaf.id, 'failed', 240_000);
    expect((await yard.job(deaf.id)).outcome).toMatchObject({ kind: 'cluster', why: 'time-limit' });
    await untilNoneTagged('TRAINYARD_JOB_ID', String(deaf.id));
  }, 480_000);

  test('an array of 50 tasks is one job: it has completed when all have', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(['sh', '-c', 'echo "task $SLURM_ARRAY_TASK_ID"'], {
      slurm: { args: ['--array=0-49'] },
    });
    await yard.until(job.id, 'completed', LIMIT_MS);
    const tasks = (await slurm.log(job.id)).match(/^task \d+$/gm) ?? [];
    expect(new Set(tasks).size).toBe(50);
  });

  test('an array some of whose tasks fail says how many; one that is cancelled is gone with all of them', async () => {
    const { yard } = slurm;
    const some = await slurm.submit(['sh', '-c', 'exit $((SLURM_ARRAY_TASK_ID % 10 == 3))'], {
      slurm: { args: ['--array=0-49'] },
    });
    await yard.until(some.id, 'failed', LIMIT_MS);
    expect((await yard.job(some.id)).sentence).toBe('5 of 50 tasks did not complete');

    // 4 at a time, so that most of them wait.
    const long = await slurm.submit(sleeper(), { slurm: { args: ['--array=0-49%4'] } });
    await yard.until(long.id, 'running', LIMIT_MS);
    await yard.get('jobs.cancel', { jobId: long.id });
    await yard.until(long.id, 'cancelled', LIMIT_MS);
    await untilNoneTagged('TRAINYARD_JOB_ID', String(long.id));
    expect((await slurm.cluster.run('squeue', ['-h', '-j', String(await slurm.slurmId(long.id))])).trim()).toBe('');
  });

  test('cancel everything: fifty jobs, waiting and running, by one scancel for each kind', async () => {
    const { yard, cluster } = slurm;
    const calls = slurm.countCalls('scancel');
    const jobs = await yard.get('jobs.submitMany', {
      jobs: Array.from({ length: 50 }, (_, place) => ({
        command: [...sleeper()],
        cwd: yard.home,
        target: 'slurm' as const,
        gpus: place < 4 ? 1 : 0,
        ...(place >= 30 ? { slurm: { args: ['--begin=now+1hour'] } } : {}),
      })),
    });
    const ids = jobs.jobs.map(({ id }) => id);
    for (const id of ids) await yard.until(id, ({ status }) => status === 'running' || status === 'pending', LIMIT_MS);
    // Four go out at a time: which two of the four get the GPUs is not decided.
    const running = async () => {
      const four = await Promise.all(ids.slice(0, 4).map((id) => yard.job(id)));
      return four.filter(({ status }) => status === 'running').length;
    };
    await expect.poll(running, { timeout: LIMIT_MS }).toBe(2);
    for (const id of ids.slice(30)) await yard.until(id, ({ sentence }) => sentence.includes('BeginTime'), LIMIT_MS);
    await yard.get('jobs.cancelMany', { jobs: 'all' });
    for (const id of ids) await yard.until(id, 'cancelled', LIMIT_MS);
    expect((await cluster.run('squeue', ['-h'])).trim()).toBe('');
    // One for what waits and one for what runs; a job that started in between is asked for once more.
    expect(calls().length).toBeLessThanOrEqual(6);
    await yard.get('queue.setMode', { mode: 'run' });
  });

  test('forty jobs that are cancelled while they go out: none of them stays in Slurm', async () => {
    const { yard, cluster } = slurm;
    const calls = slurm.countCalls('sbatch');
    const { jobs } = await yard.get('jobs.submitMany', {
      jobs: Array.from({ length: 40 }, () => ({ command: [...sleeper()], cwd: yard.home, target: 'slurm' as const })),
    });
    await expect.poll(() => calls().length, { timeout: LIMIT_MS, interval: 5 }).toBeGreaterThan(0);
    await yard.get('jobs.cancelMany', { jobs: jobs.map(({ id }) => id) });
    for (const { id } of jobs) await yard.until(id, 'cancelled', LIMIT_MS);
    expect((await cluster.run('squeue', ['-h'])).trim()).toBe('');
    expect(calls().length).toBeLessThan(40);
  });

  test('paused and held jobs do not go to Slurm; a job there takes no CPU slot here', async () => {
    const { yard } = slurm;
    const held = await slurm.submit(['true'], { held: true });
    const far = await slurm.submit(sleeper());
    await yard.until(far.id, 'running', LIMIT_MS);
    const near = await yard.submit(['true']);
    await yard.until(near.id, 'completed', LIMIT_MS);
    expect((await yard.job(held.id)).status).toBe('queued');
    await yard.get('jobs.cancelMany', { jobs: [held.id, far.id] });
    await yard.until(far.id, 'cancelled', LIMIT_MS);
    expect(existsSync(join(yard.home, 'data', 'jobs', String(held.id)))).toBe(false);
  });
});
