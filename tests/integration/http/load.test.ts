import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { Door, eventsOf } from './door.ts';

/** `npm run load` takes longer. */
const SECONDS = Number(process.env['TRAINYARD_LOAD_SECONDS'] ?? 8);
const CLIENTS = 200;
const LISTENERS = 4;

test(
  `${CLIENTS} clients submit and cancel at once: nothing is lost or doubled, and events have no gaps`,
  { timeout: (SECONDS + 120) * 1_000 },
  async () => {
    await using door = await Door.open();
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
    const call = (method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${door.discovery.token}` };
        request({ host: '127.0.0.1', port: door.server.port, agent, method, path, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }));
        })
          .on('error', reject)
          .end(body === undefined ? undefined : JSON.stringify(body));
      });

    const gone = new AbortController();
    const heard: number[][] = [];
    const listening = Array.from({ length: LISTENERS }, async (_, place) => {
      const numbers: number[] = [];
      heard[place] = numbers;
      const response = await door.fetch('/api/training/events?since=0', { signal: gone.signal });
      try {
        for await (const { event, id } of eventsOf(response)) if (event === 'changed') numbers.push(Number(id));
      } catch {
        // Aborted at the end.
      }
    });

    const accepted: string[] = [];
    const cancelled = new Set<string>();
    const end = Date.now() + SECONDS * 1_000;
    const client = async (number: number): Promise<void> => {
      for (let round = 0; Date.now() < end; round += 1) {
        const submitted = await call('POST', '/api/training/jobs', {
          command: ['sleep', '600'],
          cwd: door.yard.home,
          name: `${number}-${round}`,
          grace_seconds: 1,
        });
        expect(submitted.status).toBe(201);
        const { job_id: id } = submitted.body as { job_id: string };
        accepted.push(id);
        if (round % 8 === 7) expect((await call('GET', '/api/training/jobs?limit=20')).status).toBe(200);
        const answer = await call('POST', `/api/training/cancel/${id}?wait=0&force=${round % 2}`);
        expect([200, 202]).toContain(answer.status);
        expect(answer.body).toMatchObject({ success: true, job_id: id });
        cancelled.add(id);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    for (const { id } of (await door.yard.get('jobs.list', { status: ['pending', 'running'], limit: 1_000 })).jobs)
      await door.yard.get('jobs.await', { jobId: id, waitMs: 30_000 });

    const stored: { id: number; name: string; status: string }[] = [];
    for (let cursor: number | null | undefined; cursor !== null;) {
      const page = await door.yard.get('jobs.list', { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
      stored.push(...page.jobs);
      cursor = page.nextCursor;
    }
    expect(stored.map(({ id }) => id).sort((a, b) => a - b)).toEqual(accepted.map(Number).sort((a, b) => a - b));
    expect(new Set(stored.map(({ name }) => name)).size, 'each submission once').toBe(accepted.length);
    expect(stored.filter(({ id, status }) => cancelled.has(String(id)) && status !== 'cancelled')).toEqual([]);

    const last = door.yard.changes.at(-1)?.seq ?? 0;
    expect(door.yard.changes.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, place) => place + 1));
    const ends = door.yard.changes.filter(({ kind }) => kind === 'job.ended').map(({ jobId }) => jobId);
    expect(ends.length, 'each job ends once').toBe(new Set(ends).size);
    expect(ends.length).toBe(accepted.length);
    for (let waited = 0; heard.some((numbers) => numbers.at(-1) !== last) && waited < 400; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
    for (const numbers of heard) expect(numbers).toEqual(Array.from({ length: last }, (_, place) => place + 1));
    gone.abort();
    await Promise.all(listening);
    agent.destroy();
    console.log(
      `${accepted.length} jobs submitted and cancelled by ${CLIENTS} clients in ${SECONDS} s, ${last} events`,
    );
  },
);
