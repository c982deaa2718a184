import { expect, test } from 'vitest';
import { HIDDEN_SECRET } from '../../../src/shared/serviceSettings.ts';
import { Door } from './door.ts';

test('finished jobs are deleted over HTTP, one by its address and several by a list; a GET deletes nothing', async () => {
  await using door = await Door.open();
  for (let id = 1; id <= 3; id += 1) await door.yard.until((await door.yard.submit(['true'])).id, 'completed');
  expect((await door.call('GET', '/api/training/jobs/1/delete')).status).toBe(404);
  expect(await door.call('POST', '/api/training/jobs/1/delete')).toMatchObject({
    status: 200,
    body: { success: true, deleted: ['1'], freed_bytes: expect.any(Number), problem: null },
  });
  expect((await door.call('GET', '/api/training/jobs/1')).status).toBe(404);
  expect((await door.call('POST', '/api/training/jobs/1/delete')).status).toBe(404);
  expect(await door.call('POST', '/api/training/delete', { jobs: [2, 9] })).toMatchObject({
    status: 404,
    body: { error: { field: 'jobs' } },
  });
  expect(await door.call('POST', '/api/training/delete', { jobs: [2, 3] })).toMatchObject({
    status: 200,
    body: { deleted: ['2', '3'] },
  });
  expect((await door.call('GET', '/api/training/jobs')).body).toMatchObject({ jobs: [] });
});

test('the disk use and the GPUs of a run are told', async () => {
  await using door = await Door.open();
  const { id } = await door.yard.submit(['echo', 'x']);
  await door.yard.until(id, 'completed');
  expect(await door.call('GET', '/api/training/files')).toMatchObject({
    status: 200,
    body: { runs: 1, run_bytes: expect.any(Number), total_bytes: expect.any(Number) },
  });
  expect(await door.call('GET', `/api/training/jobs/${id}/gpus`)).toEqual({
    status: 200,
    body: { gpus: [], every_ms: 0 },
  });
});

test('the webhook’s key is taken and never given back; sent back hidden it stays what it was', async () => {
  await using door = await Door.open();
  const { yard } = door;
  await yard.get('settings.set', { webhookSecret: 'hush' });
  const seen = await yard.get('settings.get', {});
  expect(seen.webhookSecret).toBe(HIDDEN_SECRET);
  expect(await yard.get('settings.set', { cpuSlots: 2, webhookSecret: HIDDEN_SECRET })).toEqual({
    ...seen,
    cpuSlots: 2,
  });
  const context = { origin: 'core', signal: new AbortController().signal } as const;
  expect(await yard.core.router('settings.get', {}, context)).toMatchObject({ data: { webhookSecret: 'hush' } });
  await yard.get('settings.set', { webhookSecret: null });
  expect((await yard.get('settings.get', {})).webhookSecret).toBeNull();
});
