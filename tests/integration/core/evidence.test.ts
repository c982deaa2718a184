import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program, ROOT, TestYard } from '../../helpers/core.ts';
import { isGone, signalIdentity, until } from '../../helpers/process.ts';
import type { Identity } from '../../helpers/process.ts';

function announced(yard: TestYard, count: number): Promise<unknown> {
  return until(`${count} processes`, () => yard.processes.length >= count, yard.announced);
}

/** The runner of a job's live run, as its own record names it. */
async function runnerOf(yard: TestYard, id: number): Promise<Identity> {
  const { runDirectory } = await yard.job(id);
  const record = JSON.parse(readFileSync(join(runDirectory ?? '', 'identity.json'), 'utf8')) as {
    runner_pid: number;
    runner_start: string;
  };
  return { pid: record.runner_pid, start: record.runner_start };
}

describe('evidence that is gone or cannot be read', () => {
  test('a run whose folder was deleted while the app was closed is not started a second time', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs'));
    await announced(yard, 1);
    const { runDirectory } = await yard.job(job.id);
    await yard.close();
    rmSync(runDirectory ?? '', { recursive: true });
    for (const main of yard.processes) signalIdentity(main, 'SIGKILL');
    await until('main gone', () => yard.processes.every(isGone));
    yard.open();
    const ended = await yard.until(job.id, 'failed');
    expect(ended.outcome).toEqual({ kind: 'lost', why: 'no-record' });
    expect(yard.processes, 'the command ran once').toHaveLength(1);
  });

  test('a run whose folder was deleted, and which lives, can still be cancelled: its runner is told by signal or it is swept', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--levels', '2'), { graceSeconds: 1 });
    await announced(yard, 2);
    const { runDirectory } = await yard.job(job.id);
    await yard.close();
    renameSync(runDirectory ?? '', join(yard.home, 'moved-away'));
    yard.open();
    expect((await yard.job(job.id)).status).toBe('running');
    const runner = await (async () => {
      const record = JSON.parse(readFileSync(join(yard.home, 'moved-away', 'identity.json'), 'utf8')) as {
        runner_pid: number;
        runner_start: string;
      };
      return { pid: record.runner_pid, start: record.runner_start };
    })();
    await yard.get('jobs.cancel', { jobId: job.id });
    // Its control file is not where the runner reads: the person does what a person can, and the app finds out.
    signalIdentity(runner, 'SIGKILL');
    await yard.expectCancelledAndGone(job.id);
  });

  test('a log that cannot be read does not keep a run from ending', async () => {
    await using yard = new TestYard();
    const gate = join(yard.home, 'gate');
    const job = await yard.submit(['sh', '-c', `while [ ! -e ${gate} ]; do sleep 0.02; done; exit 3`]);
    await yard.until(job.id, 'running');
    const { runDirectory } = await yard.job(job.id);
    const log = join(runDirectory ?? '', 'output.log');
    rmSync(log);
    mkdirSync(log);
    writeFileSync(gate, '');
    expect((await yard.until(job.id, 'failed')).outcome).toMatchObject({ kind: 'exited', code: 3 });
    yard.forgiveBugs(/EISDIR/);
  });

  test('a run that ended in time while the app was closed has not failed by its time limit', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(['sh', '-c', 'exit 0'], { timeLimitSeconds: 1, held: true });
    const gate = join(yard.home, 'gate');
    await yard.get('jobs.cancel', { jobId: job.id });
    const real = await yard.submit(['sh', '-c', `while [ ! -e ${gate} ]; do sleep 0.01; done`], {
      timeLimitSeconds: 3,
    });
    await yard.until(real.id, 'running');
    const { runDirectory } = await yard.job(real.id);
    await yard.close();
    writeFileSync(gate, '');
    const journal = join(runDirectory ?? '', 'journal.jsonl');
    await until('its end', () => readFileSync(journal, 'utf8').includes('"exit"'));
    const { started_at: startedAt } = JSON.parse(readFileSync(join(runDirectory ?? '', 'identity.json'), 'utf8')) as {
      started_at: number;
    };
    await until('the limit has passed', () => Date.now() > startedAt + 3_100);
    yard.open();
    expect(await yard.until(real.id, (view) => view.endedAt !== null)).toMatchObject({
      status: 'completed',
      stop: null,
    });
  });
});

describe('a stop that nobody asked the app for', () => {
  test('a runner that the system tells to stop does not make a completed job of a trainer that saved', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--save'));
    await announced(yard, 1);
    signalIdentity(await runnerOf(yard, job.id), 'SIGTERM');
    const ended = await yard.until(job.id, (view) => view.endedAt !== null);
    expect(ended).toMatchObject({
      status: 'failed',
      outcome: { kind: 'exited', code: 0, cause: 'system-stop' },
      sentence: 'stopped by the system or by hand, not by Trainyard · exit 0',
    });
  });
});

describe('what cannot be started or written', () => {
  test('a runner that does not start pauses the queue with its reason, and does not burn every job', async () => {
    await using yard = new TestYard('garbage');
    for (let i = 0; i < 5; i += 1) await yard.submit([process.execPath, '-e', '']);
    await yard.until(1, 'failed');
    const { queue } = await yard.get('snapshot.get', {});
    expect(queue.mode).toBe('pause');
    expect(queue.notice).toContain('the runner could not be started');
    expect(queue.counts.failed).toBe(1);
    expect(queue.counts.queued).toBe(4);
  });

  test('a database that is locked when a run ends keeps the end until it can be written', async () => {
    await using yard = new TestYard();
    const gate = join(yard.home, 'gate');
    const job = await yard.submit(['sh', '-c', `while [ ! -e ${gate} ]; do sleep 0.02; done; exit 4`]);
    await yard.until(job.id, 'running');
    const { runDirectory } = await yard.job(job.id);
    const { default: Database } = await import('better-sqlite3');
    const other = new Database(join(yard.home, 'data', 'queue.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    expect(await yard.ask('jobs.cancel', { jobId: job.id })).toMatchObject({ ok: false, error: { code: 'DATABASE' } });
    writeFileSync(gate, '');
    await until('its end', () => readFileSync(join(runDirectory ?? '', 'journal.jsonl'), 'utf8').includes('"exit"'));
    await until('a write was refused', () => yard.bugs.some((line) => line.includes('locked')));
    other.exec('ROLLBACK');
    other.close();
    expect((await yard.until(job.id, 'failed')).outcome).toMatchObject({ kind: 'exited', code: 4 });
    yard.forgiveBugs(/database is locked/);
  });

  test('the files of the queue are readable by their owner alone, also in a folder that others may enter', async () => {
    await using yard = new TestYard();
    for (const name of ['queue.sqlite', 'queue.sqlite-wal']) {
      expect(statSync(join(yard.home, 'data', name)).mode & 0o077, name).toBe(0);
    }
  });
});

describe('what earlier runs have left behind', () => {
  test('processes of a run that no database knows any more are listed and stopped by the ladder', async () => {
    await using yard = new TestYard();
    await yard.close();
    // Another process starts it: what this one has started itself is never called an orphan.
    const home = join(yard.home, 'data');
    const serving = spawn(process.execPath, [join(ROOT, 'src/main/cli.ts'), 'serve'], {
      env: { ...process.env, TRAINYARD_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(serving.stdout, 'data');
    const { port, token } = JSON.parse(readFileSync(join(home, 'api.json'), 'utf8')) as { port: number; token: string };
    await fetch(`http://127.0.0.1:${port}/api/training/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        command: program('tree.mjs', '--levels', '2', '--save'),
        cwd: yard.home,
        env: { ANNOUNCE: yard.announced },
      }),
    });
    await announced(yard, 2);
    serving.kill('SIGKILL');
    await once(serving, 'exit');
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(yard.home, 'data', `queue.sqlite${ending}`), { force: true });
    yard.open();
    const { orphans } = await yard.get('orphans.list', {});
    const main = yard.processes.find(({ pid }) => orphans.some((orphan) => orphan.pid === pid));
    expect(main, 'main is among them').toBeDefined();
    expect(orphans.every(({ jobId, stopping }) => jobId === 1 && !stopping)).toBe(true);
    expect(await yard.ask('orphans.stop', main ?? { pid: 2, start: '0' })).toMatchObject({ ok: true });
    await until('all of them gone', () => yard.processes.every(isGone));
    await until('the list is empty', () => !yard.processes.some((identity) => !isGone(identity)));
    expect(await yard.ask('orphans.stop', main ?? { pid: 2, start: '0' })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
  });
});
