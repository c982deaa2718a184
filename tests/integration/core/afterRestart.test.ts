import { expect, test } from 'vitest';
import { program, TestYard } from '../../helpers/core.ts';
import { isGone, until } from '../../helpers/process.ts';

test('a queue that is to wait after a start starts nothing until Run, touches no run, and says why', async () => {
  await using yard = new TestYard();
  await yard.get('settings.set', { afterRestart: 'pause' });
  const run = await yard.submit(program('tree.mjs'));
  const waits = await yard.submit([process.execPath, '-e', '']);
  await until('the run', () => yard.processes.length === 1, yard.announced);
  await yard.close();
  yard.open();
  const { queue } = await yard.get('snapshot.get', {});
  expect(queue.mode).toBe('pause');
  expect(queue.notice).toContain('paused after this start');
  await yard.get('settings.set', { cpuSlots: 2 });
  expect((await yard.job(waits.id)).status).toBe('queued');
  expect(yard.processes.every((identity) => !isGone(identity))).toBe(true);
  const running = await yard.get('queue.setMode', { mode: 'run' });
  expect(running.notice).toBeNull();
  await yard.until(waits.id, 'completed');
  expect((await yard.job(run.id)).status).toBe('running');
});

test('a queue that is to continue starts by itself', async () => {
  await using yard = new TestYard();
  const run = await yard.submit(program('tree.mjs'));
  const waits = await yard.submit([process.execPath, '-e', '']);
  await yard.until(run.id, 'running');
  await yard.close();
  yard.open();
  expect((await yard.get('snapshot.get', {})).queue).toMatchObject({ mode: 'run', notice: null });
  await yard.get('settings.set', { cpuSlots: 2 });
  await yard.until(waits.id, 'completed');
});
