import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { answerIn, plainRequest } from '../../../src/main/cli/plainRequest.ts';

const HEAD = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n';

test('an answer is its status and its body, as UTF-8', () => {
  const body = Buffer.from('{"name":"größe"}');
  const received = Buffer.concat([Buffer.from(`${HEAD}Content-Length: ${body.length}\r\n\r\n`), body]);
  expect(answerIn(received)).toEqual({ status: 201, text: '{"name":"größe"}' });
  expect(answerIn(Buffer.from(`${HEAD}\r\n{}`))).toEqual({ status: 201, text: '{}' });
});

test('what a core that was killed has left of an answer is none', () => {
  const whole = `${HEAD}Content-Length: 2\r\n\r\n{}`;
  for (let length = 0; length < whole.length; length += 1)
    expect(answerIn(Buffer.from(whole.slice(0, length)))).toBeNull();
  expect(answerIn(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n\r\n'))).toBeNull();
});

test('a connection that ends in the middle of the answer rejects, and so does one that nobody takes', async () => {
  const server = createServer((socket) => socket.resume().end(`${HEAD}Content-Length: 20\r\n\r\n{"job_id":`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found = { port, token: 'a-token-of-sixteen', pid: process.pid, version: '0' };
  await expect(plainRequest(found, 'GET', '/api/health')).rejects.toThrow('before its answer was whole');
  await new Promise((resolve) => server.close(resolve));
  await expect(plainRequest(found, 'GET', '/api/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
