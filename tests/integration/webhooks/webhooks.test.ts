import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { boundedQueue } from '../../../src/main/core/webhooks/boundedQueue.ts';
import { startWebhooks } from '../../../src/main/core/webhooks/startWebhooks.ts';
import { TestYard } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';

const SECRET = 'a-secret-of-the-test';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver on this machine; `answers` are its statuses in turn, then 204. */
async function receiver(answers: readonly number[] = []) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      response.statusCode = answers[received.length] ?? 204;
      if (response.statusCode === 302) response.setHeader('location', '/elsewhere');
      received.push({ headers: request.headers, body });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: `http://127.0.0.1:${port}/services/PATH-IS-SECRET`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function started(yard: TestYard) {
  const lines: string[] = [];
  const webhooks = startWebhooks(yard.core, { log: (line) => lines.push(line), pausesMs: [5, 5, 5] });
  return { lines, [Symbol.dispose]: () => webhooks.close() };
}

describe('the webhook', () => {
  test('posts each change of status in order, signed, again after a failure, and each once', async () => {
    await using yard = new TestYard();
    await using there = await receiver([503, 500]);
    using hooks = started(yard);
    await yard.get('settings.set', { webhookUrl: there.url, webhookSecret: SECRET });
    await yard.submit([process.execPath, '-e', ''], { env: { API_TOKEN: 'of-the-job' } });
    await yard.until(1, 'completed');
    await until('all posts', () => there.received.some(({ body }) => body.includes('"job.ended"')));
    const told = there.received.map(({ body }) => JSON.parse(body) as { event: string; status: string; seq: number });
    expect(told.map(({ event }) => event)).toEqual([
      // The receiver had failed twice.
      'job.submitted',
      'job.submitted',
      'job.submitted',
      'job.claimed',
      'job.started',
      'job.ended',
    ]);
    expect(told.at(-1)).toMatchObject({ job_id: '1', status: 'completed', job: { exit_code: 0 } });
    for (const { headers, body } of there.received) {
      expect(headers['x-trainyard-signature']).toBe(
        `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      );
      expect(headers['x-trainyard-delivery']).toBe(String((JSON.parse(body) as { seq: number }).seq));
      expect(body).not.toContain('of-the-job');
    }
    expect(hooks.lines).toEqual([]);
  });

  test('gives up what is refused and does not follow a redirection; the log names neither secret nor path', async () => {
    await using yard = new TestYard();
    await using there = await receiver([410, 302, 503, 503, 503, 503]);
    using hooks = started(yard);
    await yard.get('queue.setMode', { mode: 'pause' });
    await yard.get('settings.set', { webhookUrl: there.url, webhookSecret: SECRET });
    for (let job = 0; job < 4; job += 1) await yard.submit(['true']);
    await until('the fourth job', () => there.received.length === 7);
    await until('three lines', () => hooks.lines.length === 3);
    expect(hooks.lines.join('\n')).toMatch(/410[^]*302[^]*503/);
    expect(hooks.lines.join('\n')).not.toMatch(/PATH-IS-SECRET|a-secret/);
    expect(yard.changes.some((change) => JSON.stringify(change).includes(SECRET))).toBe(false);
  });

  test('never makes the queue wait, and ends with the core though the receiver does not answer', async () => {
    await using yard = new TestYard();
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    using hooks = started(yard);
    await yard.get('settings.set', {
      webhookUrl: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
    });
    await yard.submit([process.execPath, '-e', '']);
    await yard.until(1, 'completed');
    expect(hooks.lines).toEqual([]);
    silent.closeAllConnections();
    silent.close();
  });
});

test('the hook command gets each event in its environment and on stdin; one that cannot run is told once an event', async () => {
  await using yard = new TestYard();
  using hooks = started(yard);
  const out = join(yard.home, 'hooked');
  await yard.get('settings.set', {
    hookCommand: ['sh', '-c', `echo "$TRAINYARD_EVENT $TRAINYARD_JOB_ID $TRAINYARD_STATUS" >> ${out}; cat >> ${out}`],
  });
  await yard.submit(['sh', '-c', 'exit 3']);
  await yard.until(1, 'failed');
  await until('the last event', () => existsSync(out) && readFileSync(out, 'utf8').includes('"reason":"exit'));
  expect(readFileSync(out, 'utf8')).toMatch(
    /^job.submitted 1 queued\n[^]*\njob.ended 1 failed\n|}job.ended 1 failed\n/,
  );
  await yard.get('settings.set', { hookCommand: ['/no/such/hook'] });
  await yard.get('queue.setMode', { mode: 'pause' });
  await yard.submit(['true']);
  await until('a line', () => hooks.lines.length === 1);
  expect(hooks.lines[0]).toMatch(/ENOENT/);
});

test('a full queue lets the oldest go and says how many', async () => {
  const done: number[] = [];
  const dropped: number[] = [];
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const queue = boundedQueue<number>(
    3,
    (item) => gate.then(() => void done.push(item)),
    (count) => dropped.push(count),
  );
  for (let item = 1; item <= 10; item += 1) queue.add(item);
  open();
  await until('the last', () => done.includes(10));
  expect(done).toEqual([1, 8, 9, 10]);
  expect(dropped).toEqual([6]);
});
