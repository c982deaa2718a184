import { describe, expect, test } from 'vitest';
import { LONGEST_REPLAY } from '../../../src/main/core/api/http/eventStream.ts';
import { Door } from './door.ts';

const EVENTS = '/api/training/events';

describe('the events', () => {
  test('come as they happen, numbered without gaps, and go on where a client left', async () => {
    await using door = await Door.open();
    const listening = door.listen(EVENTS, (told) => told.at(-1)?.data['kind'] === 'job.ended');
    await door.call('POST', '/api/training/jobs', { command: [process.execPath, '-e', ''], cwd: door.yard.home });
    const told = await listening;
    expect(told[0]).toMatchObject({ event: 'open' });
    const changes = told.slice(1);
    expect(changes.map(({ event }) => new Set([event]))).toEqual(changes.map(() => new Set(['changed'])));
    const opened = Number(told[0]?.data['seq']);
    expect(changes.map(({ id }) => Number(id))).toEqual(changes.map((_, place) => opened + 1 + place));
    expect(changes.at(-1)?.data).toMatchObject({ job_id: '1', job: { status: 'completed', exit_code: 0 } });

    const all = await door.listen(`${EVENTS}?since=0`, (seen) => seen.at(-1)?.id === changes.at(-1)?.id);
    expect(all.map(({ id }) => Number(id))).toEqual(all.map((_, place) => place));
    // What an EventSource has had counts, not what its address began with.
    const rest = await door.listen(`${EVENTS}?since=0`, (seen) => seen.length === 2, { 'last-event-id': '2' });
    expect(rest.map(({ id }) => id)).toEqual(['2', '3']);
  });

  test('say that a gap is not told, and go on from there', async () => {
    await using door = await Door.open();
    const { yard, call } = { yard: door.yard, call: door.call.bind(door) };
    expect(await door.listen(`${EVENTS}?since=999999`, () => true)).toEqual([
      { event: 'reset', id: '0', data: { seq: 0 } },
    ]);
    await call('POST', '/api/training/queue/pause');
    await call('POST', '/api/training/jobs', { command: ['true'], cwd: yard.home });
    for (let round = 0; round <= LONGEST_REPLAY / 2; round += 1) {
      await yard.get('jobs.place', { jobId: 1, held: true });
      await yard.get('jobs.place', { jobId: 1, held: false });
    }
    const last = String(yard.changes.at(-1)?.seq);
    expect(await door.listen(EVENTS, () => true, { 'last-event-id': '1' })).toEqual([
      { event: 'reset', id: last, data: { seq: Number(last) } },
    ]);
  });

  test('refuse what is no number, and hold nothing open for HEAD', async () => {
    await using door = await Door.open();
    for (const since of ['x', '-1', '1.5', '9'.repeat(40)])
      expect((await door.call('GET', `${EVENTS}?since=${since}`)).body).toMatchObject({ error: { field: 'since' } });
    expect((await door.fetch(EVENTS, { method: 'HEAD' })).headers.get('content-type')).toContain('text/event-stream');
  });
});
