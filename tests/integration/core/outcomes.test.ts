import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program, TestYard } from '../../helpers/core.ts';
import { isGone, until } from '../../helpers/process.ts';

describe('the outcome is told truthfully', () => {
  test('an exit code is an exit code, 143 is not a signal, and a signal is not an exit code', async () => {
    await using yard = new TestYard();
    await yard.submit(['sh', '-c', 'exit 143']);
    await yard.submit(['sh', '-c', 'kill -SEGV $$']);
    await yard.submit(['sh', '-c', 'kill -KILL $$']);
    expect(await yard.until(1, 'failed')).toMatchObject({
      outcome: { kind: 'exited', code: 143 },
      sentence: 'exit 143',
    });
    expect(await yard.until(2, 'failed')).toMatchObject({ outcome: { kind: 'signalled', signal: 'SIGSEGV' } });
    expect(await yard.until(3, 'failed')).toMatchObject({
      outcome: { kind: 'signalled', signal: 'SIGKILL', cause: null },
    });
  });

  test('start errors say what the system said, and the job never counts as started', async () => {
    await using yard = new TestYard();
    const plain = join(yard.home, 'not-executable');
    writeFileSync(plain, 'hello', { mode: 0o600 });
    await yard.submit(['/no/such/program']);
    await yard.submit([plain]);
    await yard.submit([yard.home]);
    expect(await yard.until(1, 'failed')).toMatchObject({
      outcome: { kind: 'start-error', stage: 'exec', code: 'ENOENT' },
      startedAt: null,
    });
    expect(await yard.until(2, 'failed')).toMatchObject({ outcome: { kind: 'start-error', code: 'EACCES' } });
    expect(await yard.until(3, 'failed')).toMatchObject({ outcome: { kind: 'start-error', code: 'EACCES' } });
    expect(yard.statusesOf(1)).toEqual(['queued', 'pending', 'failed']);
  });

  test('CUDA out of memory is found in the log, and the last lines go with the failure', async () => {
    await using yard = new TestYard();
    await yard.submit([
      'sh',
      '-c',
      'echo start; echo "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB"; exit 1',
    ]);
    const failed = await yard.until(1, 'failed');
    expect(failed).toMatchObject({ outcome: { cause: 'cuda-oom' }, sentence: 'CUDA out of memory · exit 1' });
    expect((await yard.job(1)).lastLines).toEqual([
      'start',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB',
    ]);
  });

  test('a time limit goes down the same ladder and ends failed, with its reason', async () => {
    await using yard = new TestYard();
    await yard.submit(program('tree.mjs', '--levels', '2', '--save'), { timeLimitSeconds: 1 });
    await yard.submit([process.execPath, '-e', '']);
    await until('two processes', () => yard.processes.length === 2, yard.announced);
    const failed = await yard.until(1, 'failed');
    expect(failed.sentence).toBe('stopped at its time limit of 1.0 s · exit 0');
    expect(yard.processes.filter((identity) => !isGone(identity))).toEqual([]);
    expect(readFileSync(join(yard.announced, 'saved'), 'utf8')).toBe('ok');
    expect((await yard.job(1)).receipt).toMatchObject({ requestedBy: 'core', survivors: 0 });
    await yard.until(2, 'completed');
  });

  test('a time limit goes on counting over a restart', async () => {
    await using yard = new TestYard();
    await yard.submit(program('tree.mjs'), { timeLimitSeconds: 2 });
    await yard.until(1, 'running');
    await yard.close();
    yard.open();
    expect(await yard.until(1, 'failed')).toMatchObject({ stop: { intent: 'time-limit' } });
  });

  test('launchers get the grace they need unless the job says otherwise', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    expect(await yard.submit(['torchrun', '--nproc-per-node=2', 'train.py'])).toMatchObject({
      graceSeconds: 35,
      stopSignal: 'SIGTERM',
    });
    expect(await yard.submit(['python3', '-m', 'accelerate.commands.launch', 'x.py'])).toMatchObject({
      graceSeconds: 35,
    });
    expect(await yard.submit(['axolotl', 'train', 'x.yml'])).toMatchObject({ stopSignal: 'SIGINT' });
    expect(await yard.submit(['torchrun', 'x.py'], { graceSeconds: 3 })).toMatchObject({ graceSeconds: 3 });
    expect(await yard.submit(['python3', 'torchrun.py'])).toMatchObject({ graceSeconds: 10 });
  });
});

describe('an app that ends unexpectedly again and again', () => {
  test('starts with the queue paused and says so; Run clears it', async () => {
    await using yard = new TestYard();
    await yard.close();
    const { default: Database } = await import('better-sqlite3');
    const db = new Database(join(yard.home, 'data', 'queue.sqlite'));
    for (let crash = 0; crash < 3; crash += 1)
      db.prepare('INSERT INTO sessions (started_at) VALUES (?)').run(Date.now());
    db.close();
    yard.open();
    const { queue } = await yard.get('snapshot.get', {});
    expect(queue).toMatchObject({ mode: 'pause', notice: expect.stringContaining('3 times within 5 m') });
    expect(await yard.get('queue.setMode', { mode: 'run' })).toMatchObject({ mode: 'run', notice: null });
  });
});
