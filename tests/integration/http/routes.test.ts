import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serveHttp } from '../../../src/main/core/api/http/server.ts';
import { program } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';
import { Door } from './door.ts';

describe('the loopback door', () => {
  test('submits, tells, cancels in the words of the plan', async () => {
    await using door = await Door.open();
    const { yard } = door;
    const call = door.call.bind(door);
    const submitted = await call('POST', '/api/training/jobs', {
      command: program('tree.mjs', '--levels', '2'),
      cwd: yard.home,
      name: 'baseline',
      env: { ANNOUNCE: yard.announced, Mixed_Case: 'kept' },
      gpus: 0,
      stop_signal: 'SIGINT',
      grace_seconds: 2.5,
      priority: 3,
    });
    expect(submitted).toEqual({ status: 201, body: { job_id: '1', status: 'queued', name: 'baseline' } });
    await until('two processes', () => yard.processes.length === 2, yard.announced);
    const running = await call('GET', '/api/training/jobs/1');
    expect(running.body).toMatchObject({
      job_id: '1',
      status: 'running',
      stop_signal: 'SIGINT',
      grace_seconds: 2.5,
      priority: 3,
      exit_code: null,
      reason: null,
    });
    expect(running.body['env']).toContainEqual({ name: 'Mixed_Case', value: 'kept' });
    const cancelled = await call('POST', '/api/training/cancel/1');
    expect(cancelled).toEqual({
      status: 200,
      body: { success: true, job_id: '1', previous_status: 'running', message: 'Job cancelled successfully' },
    });
    await yard.expectCancelledAndGone(1);
    const again = await call('POST', '/api/training/cancel/1');
    expect(again).toMatchObject({ status: 200, body: { success: true, job_id: '1' } });
  });

  test('answers a finished job with success false, and an unknown one with 404', async () => {
    await using door = await Door.open();
    await door.call('POST', '/api/training/jobs', { command: [process.execPath, '-e', ''], cwd: door.yard.home });
    await door.yard.until(1, 'completed');
    expect(await door.call('POST', '/api/training/cancel/1')).toEqual({
      status: 200,
      body: { success: false, job_id: '1', previous_status: 'completed', message: 'Job already finished' },
    });
    expect(await door.call('POST', '/api/training/cancel/999')).toMatchObject({
      status: 404,
      body: { success: false, message: 'There is no job #999.' },
    });
    expect(await door.call('POST', '/api/training/cancel/abc')).toMatchObject({
      status: 400,
      body: { success: false },
    });
  });

  test('says 202 at once when the client does not want to wait', async () => {
    await using door = await Door.open();
    await door.yard.submit(program('tree.mjs', '--ignore'), { graceSeconds: 1 });
    await door.yard.until(1, 'running');
    expect(await door.call('POST', '/api/training/cancel/1?wait=0')).toMatchObject({
      status: 202,
      body: { message: 'Cancellation in progress', previous_status: 'running' },
    });
    await door.yard.until(1, 'cancelled');
  });

  test('refuses bad input with the field named as it was written, and changes nothing', async () => {
    await using door = await Door.open();
    const { yard } = door;
    const call = door.call.bind(door);
    const file = join(yard.home, 'a-file');
    writeFileSync(file, '');
    const good = { command: ['true'], cwd: yard.home };
    const cases: [unknown, string, RegExp][] = [
      [{ ...good, command: [] }, 'command', /is empty/],
      [{ ...good, command: [' '] }, 'command', /is empty/],
      [{ ...good, command: 'python train.py' }, 'command', /list of texts/],
      [{ ...good, command: ['a\0b'] }, 'command[0]', /NUL/],
      [{ ...good, cwd: '/no/such/folder' }, 'cwd', /there is no folder/],
      [{ ...good, cwd: file }, 'cwd', /is a file/],
      [{ ...good, cwd: 'relative' }, 'cwd', /full path/],
      [{ ...good, stop_signal: 'SIGNOPE' }, 'stop_signal', /must be one of SIGTERM/],
      [{ ...good, gpus: -1 }, 'gpus', /0 or more/],
      [{ ...good, gpus: 1.5 }, 'gpus', /whole number/],
      [{ ...good, grace_seconds: '10' }, 'grace_seconds', /number of seconds/],
      [{ ...good, env: { 'A B': 'x' } }, 'env.A B', /./],
      [{ ...good, surprise: 1 }, 'surprise', /not a field/],
    ];
    for (const [body, field, words] of cases) {
      const answer = await call('POST', '/api/training/jobs', body);
      expect(answer, JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { success: false, error: { code: 'INVALID_INPUT', field } },
      });
      expect((answer.body['error'] as { message: string }).message).toMatch(words);
    }
    expect((await call('POST', '/api/training/jobs', { ...good, command: ['x'.repeat(2_000_000)] })).status).toBe(400);
    expect((await call('POST', '/api/training/jobs', { ...good, command: ['x'.repeat(10_000_000)] })).status).toBe(413);
    expect((await call('POST', '/api/training/jobs', '{not json')).status).toBe(400);
    expect((await call('POST', '/api/training/jobs', '[1]')).status).toBe(400);
    expect(await call('GET', '/api/nothing')).toMatchObject({
      status: 404,
      body: { error: { code: 'UNKNOWN_ROUTE' } },
    });
    expect(yard.changes).toEqual([]);
    expect((await call('GET', '/api/training/jobs')).body).toEqual({ jobs: [], next_cursor: null });
  });

  test('lets nobody in without the token, from a web page or under another name', async () => {
    await using door = await Door.open();
    const { server, discovery } = door;
    const authorization = `Bearer ${discovery.token}`;
    expect((await door.call('GET', '/api/health')).status).toBe(200);
    expect((await door.call('GET', '/api/health', undefined, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await door.call('GET', '/api/health', undefined, { origin: 'http://evil.example' })).status).toBe(403);
    // fetch does not let a caller choose Host: a rebound name arrives like this.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const rebound = request(
        {
          host: '127.0.0.1',
          port: server.port,
          path: '/api/health',
          headers: { host: `evil.example:${server.port}`, authorization },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      rebound.on('error', reject).end();
    });
    expect(status).toBe(403);
    expect(statSync(join(door.yard.core.dataFolder, 'api.json')).mode & 0o777).toBe(0o600);
  });

  test('reads a log from an offset, waits for more, and says when it is complete', async () => {
    await using door = await Door.open();
    const gate = join(door.yard.home, 'go');
    await door.yard.submit(['sh', '-c', `echo one; while [ ! -e ${gate} ]; do sleep 0.01; done; echo two`]);
    await door.yard.until(1, 'running');
    const first = await door.call('GET', '/api/training/jobs/1/log?wait_ms=20000');
    expect(first.body).toMatchObject({ text: 'one\n', offset: 0, next_offset: 4, complete: false });
    const waiting = door.call('GET', '/api/training/jobs/1/log?offset=4&wait_ms=20000');
    writeFileSync(gate, '');
    expect((await waiting).body).toMatchObject({ text: 'two\n', next_offset: 8 });
    await door.yard.until(1, 'completed');
    expect((await door.call('GET', '/api/training/jobs/1/log?offset=-4')).body).toMatchObject({
      text: 'two\n',
      complete: true,
    });
  });

  test('is there on a Unix socket for its owner alone, and takes the place of a socket that nobody answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-socket-'));
    const socketPath = join(folder, 'api.sock');
    // What a core that was killed leaves behind.
    const dead = spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    expect(dead.signal).toBe('SIGKILL');
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    {
      await using door = await Door.open({ socket: socketPath });
      expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
      const ask = (headers: Record<string, string>): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          request({ socketPath, path: '/api/health', headers }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
            .on('error', reject)
            .end();
        });
      const authorization = `Bearer ${door.discovery.token}`;
      expect(await ask({ authorization, host: 'anything' })).toBe(200);
      expect(await ask({ host: 'anything' }), 'without the token').toBe(401);
      expect(await ask({ authorization, host: 'anything', origin: 'http://evil.example' })).toBe(403);
      const second = serveHttp(door.yard.core, { port: 0, version: 'test', socket: socketPath });
      await expect(second).rejects.toThrow('Another program listens');
      await expect(serveHttp(door.yard.core, { port: 0, version: 'test', socket: door.yard.home })).rejects.toThrow(
        'is no socket',
      );
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('holds, releases, moves, extends, forces, queues again and keeps the receipt', async () => {
    await using door = await Door.open();
    const jobs = '/api/training/jobs';
    expect(await door.call('POST', '/api/training/queue/pause')).toMatchObject({ body: { mode: 'pause' } });
    for (let job = 0; job < 3; job += 1)
      await door.call('POST', jobs, {
        command: program('tree.mjs', '--ignore'),
        cwd: door.yard.home,
        env: { ANNOUNCE: door.yard.announced },
        grace_seconds: 600,
      });
    expect(await door.call('POST', `${jobs}/2/hold`)).toMatchObject({ status: 200, body: { held: true } });
    expect(await door.call('POST', `${jobs}/2/release`)).toMatchObject({ body: { held: false } });
    const moved = await door.call('POST', `${jobs}/3/move`, { to: { before: 1 } });
    expect(moved).toMatchObject({ status: 200, body: { job_id: '3', status: 'queued' } });
    expect(await door.call('POST', `${jobs}/3/extend`)).toMatchObject({
      status: 409,
      body: { error: { code: 'REFUSED' } },
    });
    expect(await door.call('GET', `${jobs}/3/receipt`)).toMatchObject({ status: 404 });
    await door.call('POST', '/api/training/queue/run');
    await until('it runs', () => door.yard.processes.length > 0, door.yard.announced);
    expect(await door.call('POST', '/api/training/queue/drain')).toMatchObject({ body: { mode: 'drain' } });
    expect(await door.call('GET', '/api/training/queue')).toMatchObject({
      body: { mode: 'drain', counts: { queued: 2 } },
    });
    await door.call('POST', '/api/training/cancel/3?wait=0');
    expect(await door.call('POST', `${jobs}/3/extend`)).toMatchObject({ status: 200, body: { status: 'running' } });
    expect(await door.call('POST', `${jobs}/3/force`)).toMatchObject({ status: 200, body: { success: true } });
    expect(await door.call('GET', `${jobs}/3?wait_ms=20000`)).toMatchObject({ body: { status: 'cancelled' } });
    expect(await door.call('GET', `${jobs}/3/receipt`)).toMatchObject({ status: 200, body: { survivors: 0 } });
    expect(await door.call('POST', `${jobs}/3/requeue`)).toMatchObject({ status: 200, body: { status: 'queued' } });
    expect(await door.call('POST', '/api/training/cancel', { jobs: [1, 2, 99] })).toMatchObject({ status: 404 });
    const all = await door.call('POST', '/api/training/cancel', { jobs: 'queued' });
    expect(all.body['jobs']).toMatchObject([{ success: true }, { success: true }, { success: true }]);
    expect(await door.call('GET', '/api/training/gpus')).toMatchObject({ status: 200, body: { gpus: [] } });
    expect(await door.call('GET', '/api/health')).toMatchObject({ body: { status: 'ok', window: true } });
  });
});
