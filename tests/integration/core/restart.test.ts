import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program, ROOT, TestYard } from '../../helpers/core.ts';
import { isGone, readStat, signalIdentity, until } from '../../helpers/process.ts';

function announced(yard: TestYard, count: number): Promise<unknown> {
  return until(`${count} processes`, () => yard.processes.length >= count, yard.announced);
}

describe('a restart of the core', () => {
  test('leaves a run alive, takes it up again, and hears its true exit code', async () => {
    await using yard = new TestYard();
    const gate = join(yard.home, 'go');
    const job = await yard.submit(['sh', '-c', `while [ ! -e ${gate} ]; do sleep 0.01; done; exit 42`]);
    await yard.until(job.id, 'running');
    await yard.close();
    yard.open();
    expect((await yard.job(job.id)).status).toBe('running');
    writeFileSync(gate, '');
    const ended = await yard.until(job.id, 'failed');
    expect(ended.outcome).toEqual({ kind: 'exited', code: 42, cause: null });
  });

  test('hears how a run ended while nobody was there, and starts the next one', async () => {
    await using yard = new TestYard();
    const gate = join(yard.home, 'go');
    const job = await yard.submit(['sh', '-c', `while [ ! -e ${gate} ]; do sleep 0.01; done; exit 7`]);
    const next = await yard.submit([process.execPath, '-e', '']);
    await yard.until(job.id, 'running');
    const { mainPid, runDirectory } = await yard.job(job.id);
    await yard.close();
    writeFileSync(gate, '');
    await until('exit record', () => readStat(mainPid ?? 0) === null);
    await until('exit record', () =>
      readFileSync(join(runDirectory ?? '', 'journal.jsonl'), 'utf8').includes('"exit"'),
    );
    yard.open();
    expect((await yard.until(job.id, 'failed')).outcome).toEqual({ kind: 'exited', code: 7, cause: null });
    await yard.until(next.id, 'completed');
  });

  test('goes on with a stop in progress, at its old deadline', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--ignore', '--levels', '2'), { graceSeconds: 2 });
    await announced(yard, 2);
    const { job: stopping } = await yard.get('jobs.cancel', { jobId: job.id });
    await yard.close();
    yard.open();
    const again = await yard.job(job.id);
    expect(again.stop?.deadlineAt).toBe(stopping.stop?.deadlineAt);
    await yard.expectCancelledAndGone(job.id);
  });

  test('delivers a stop that was written down but never reached the runner', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs'));
    await announced(yard, 1);
    await yard.get('jobs.cancel', { jobId: job.id });
    // What a crash between commit and effect leaves: the row says stop, the runner has heard nothing. A second delivery changes nothing.
    await yard.close();
    yard.open();
    await yard.expectCancelledAndGone(job.id);
  });

  test('finds a run lost when its runner was killed, and ends what the run left behind', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--levels', '2'), { graceSeconds: 1 });
    await announced(yard, 2);
    const identity = JSON.parse(
      readFileSync(join((await yard.job(job.id)).runDirectory ?? '', 'identity.json'), 'utf8'),
    ) as { runner_pid: number; runner_start: string };
    signalIdentity({ pid: identity.runner_pid, start: identity.runner_start }, 'SIGKILL');
    const lost = await yard.until(job.id, 'failed');
    expect(lost.outcome).toEqual({ kind: 'lost', why: 'no-record' });
    expect(yard.processes.filter((process) => !isGone(process))).toEqual([]);
  });

  test('signals nothing after a reboot: pids of another boot mean nothing', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs'));
    await announced(yard, 1);
    const survivors = yard.processes;
    const { runDirectory } = await yard.job(job.id);
    await yard.close();
    const { default: Database } = await import('better-sqlite3');
    const db = new Database(join(yard.home, 'data', 'queue.sqlite'));
    db.prepare(`UPDATE runs SET boot_id = 'another boot' WHERE job_id = ?`).run(job.id);
    db.close();
    yard.open();
    expect((await yard.until(job.id, 'failed')).outcome).toEqual({ kind: 'lost', why: 'reboot' });
    expect(
      survivors.every((process) => !isGone(process)),
      'nothing was signalled',
    ).toBe(true);
    writeFileSync(join(runDirectory ?? '', 'control'), 'force\n', { flag: 'a' });
    await until('the run ends by its runner', () => survivors.every(isGone));
  });

  test('after kill -9 of a whole serving process: the run lives on, the queue is whole, the next core adopts', async () => {
    await using yard = new TestYard();
    await yard.close();
    const home = join(yard.home, 'data');
    const serving = spawn(process.execPath, [join(ROOT, 'src/main/cli.ts'), 'serve'], {
      env: { ...process.env, TRAINYARD_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(serving.stdout, 'data');
    const { port, token } = JSON.parse(readFileSync(join(home, 'api.json'), 'utf8')) as { port: number; token: string };
    const post = (command: string[]): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/api/training/jobs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ command, cwd: yard.home, env: { ANNOUNCE: yard.announced } }),
      });
    await post(program('tree.mjs', '--levels', '2'));
    await post([process.execPath, '-e', '']);
    await announced(yard, 2);
    serving.kill('SIGKILL');
    await once(serving, 'exit');
    expect(
      yard.processes.every((process) => !isGone(process)),
      'the run outlives the core',
    ).toBe(true);
    yard.open();
    expect((await yard.job(1)).status).toBe('running');
    expect((await yard.job(2)).status).toBe('queued');
    await yard.get('jobs.cancel', { jobId: 1 });
    await yard.expectCancelledAndGone(1);
    await yard.until(2, 'completed');
  });

  test('two cores on one folder are impossible, and the second says so', async () => {
    await using yard = new TestYard();
    const home = join(yard.home, 'data');
    const second = spawn(process.execPath, [join(ROOT, 'src/main/cli.ts'), 'serve'], {
      env: { ...process.env, TRAINYARD_HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let words = '';
    second.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const [code] = (await once(second, 'exit')) as [number];
    expect(code).toBe(1);
    expect(words).toContain('Another Trainyard runs on the data folder');
  });
});
