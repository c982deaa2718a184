import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { Door } from '../integration/http/door.ts';
import { damaged, fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

test('whatever bytes come over a socket, the server answers below 500 or hangs up, and goes on serving', async () => {
  await using door = await Door.open();
  await door.call('POST', '/api/training/queue/pause');
  const { port, token } = door.discovery;
  const head = (line: string, ...more: string[]): string =>
    [line, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n');
  const chunked = `${head('POST /api/training/jobs HTTP/1.1', 'Transfer-Encoding: chunked')}5\r\n{"com\r\n0\r\n\r\n`;
  const whole = fc.constantFrom(
    head('GET /api/training/jobs?limit=3 HTTP/1.1'),
    head('GET /api/health HTTP/1.1', 'Connection: close'),
    head('HEAD /api/training/events?since=0 HTTP/1.0'),
    `${head('POST /api/training/cancel/999 HTTP/1.1', 'Content-Length: 2')}{}`,
    `${head('POST /api/training/jobs HTTP/1.1', 'Content-Length: 60', 'Expect: 100-continue')}{"command":[],"cwd":"/"}`,
    `${head('POST /api/training/jobs HTTP/1.1', 'Content-Length: 3', 'Content-Length: 9')}{}`,
    chunked,
    head('GET /api/health HTTP/1.1') + head('GET /openapi.json HTTP/1.1'),
    head('GET / HTTP/1.1', 'Upgrade: websocket', 'Connection: Upgrade'),
    head(`GET /${'a'.repeat(20_000)} HTTP/1.1`),
    head('GET /api/health HTTP/1.1', ...Array.from({ length: 300 }, (_, at) => `X-${at}: y`)),
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  );
  const bytes = fc.oneof(
    { weight: 5, arbitrary: damaged(whole.map((text) => Buffer.from(text, 'latin1'))) },
    { weight: 1, arbitrary: whole.map((text) => Buffer.from(text, 'latin1')) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((junk) => Buffer.from(junk)) },
  );
  await fuzz('HTTP: bytes on a socket', inputs(1_500), bytes, async (sent) => {
    const answer = await exchange(port, sent);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
    if (answer !== '')
      expect(Number(status), `${answer.slice(0, 200)} for ${sent.toString('latin1').slice(0, 400)}`).toBeLessThan(500);
  });
  expect((await door.call('GET', '/api/health')).body).toMatchObject({ status: 'ok' });
});

/** Sends the bytes, says that no more come, and answers the first that come back; empty when the server hung up. */
function exchange(port: number, sent: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const done = (answer: string): void => {
      // Not closed but reset: 100 000 sockets in TIME_WAIT are more than a machine has ports.
      socket.resetAndDestroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.end(sent));
    socket.once('data', (chunk) => done(chunk.toString('latin1')));
    socket.once('end', () => done(''));
    socket.once('error', () => done(''));
  });
}
