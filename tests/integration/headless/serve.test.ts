import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDiscovery } from '../../../src/main/core/api/http/discovery.ts';
import { required } from '../../../src/shared/result.ts';
import { program } from '../../helpers/core.ts';
import { announcedIn, isGone, until } from '../../helpers/process.ts';
import { ended, Terminal } from '../cli/terminal.ts';

describe('serve', () => {
  test('keeps runs when it ends, and the next one takes them up', async () => {
    await using terminal = new Terminal();
    const first = await terminal.serve();
    await terminal.run('submit', '--', 'sh', '-c', `while [ ! -e ${terminal.home}/go ]; do sleep 0.02; done; exit 3`);
    await until('it runs', () => existsSync(join(terminal.home, 'jobs')));
    first.child.kill('SIGTERM');
    expect(await ended(first.child)).toMatchObject({ code: 0, out: expect.stringContaining('Runs go on') });
    await terminal.serve();
    writeFileSync(join(terminal.home, 'go'), '');
    expect(await terminal.run('wait', '1')).toMatchObject({ code: 3 });
  });

  test('with --on-exit cancel leaves no run, keeps the queue, and lets it go on at the next start', async () => {
    await using terminal = new Terminal();
    const { child, line } = await terminal.serve('--on-exit', 'cancel', '--json');
    expect(JSON.parse(line)).toMatchObject({ data_folder: terminal.home, pid: child.pid });
    await terminal.run('submit', '--env', `ANNOUNCE=${terminal.home}`, '--', ...program('tree.mjs', '--levels', '2'));
    await terminal.run('submit', '--', 'true');
    await until('two processes', () => announcedIn(terminal.home).length === 2);
    child.kill('SIGTERM');
    expect(await ended(child)).toMatchObject({ code: 0 });
    expect(announcedIn(terminal.home).filter((identity) => !isGone(identity))).toEqual([]);
    await terminal.serve();
    expect((await terminal.run('show', '1')).out).toContain('cancelled');
    expect(await terminal.run('wait', '2')).toMatchObject({ code: 0 });
  });

  test('ends at once when asked twice, a run that ignores its signal or not', async () => {
    await using terminal = new Terminal();
    const { child } = await terminal.serve('--on-exit', 'cancel');
    await terminal.run(
      'submit',
      '--grace',
      '600',
      '--env',
      `ANNOUNCE=${terminal.home}`,
      '--',
      ...program('tree.mjs', '--ignore'),
    );
    await until('a process', () => announcedIn(terminal.home).length > 0);
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await ended(child)).toMatchObject({ code: 0 });
    expect(announcedIn(terminal.home).filter((identity) => !isGone(identity))).toEqual([]);
  });

  test('listens on a socket, and says what is in the way of one, of a port, of a folder', async () => {
    await using terminal = new Terminal();
    const socketPath = join(terminal.home, 'api.sock');
    await terminal.serve('--socket', socketPath);
    const { token, port } = required(readDiscovery(terminal.home), 'a core runs');
    const status = await new Promise((resolve, reject) => {
      request({ socketPath, path: '/api/health', headers: { authorization: `Bearer ${token}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(await terminal.run('serve')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Another Trainyard .*runs on the data folder/),
    });
    await using other = new Terminal();
    expect(await other.run('serve', '--port', String(port))).toMatchObject({
      code: 1,
      err: expect.stringContaining('in use'),
    });
    expect(await other.run('serve', '--socket', socketPath)).toMatchObject({
      code: 1,
      err: expect.stringContaining('Another program'),
    });
  });

  test('prints a unit that systemd takes', async () => {
    await using terminal = new Terminal();
    const { code, out } = await terminal.run('serve', '--print-unit', '--on-exit', 'cancel', '--socket', 'a b%c');
    expect(code).toBe(0);
    expect(out).toContain('KillMode=process');
    expect(out).toMatch(/^ExecStart=\/.* serve --socket ".*a b%%c" --on-exit cancel$/m);
    expect(out).toContain(`Environment=TRAINYARD_HOME=${terminal.home}`);
    const unit = join(terminal.home, 'trainyard.service');
    writeFileSync(unit, out);
    const verified = spawnSync('systemd-analyze', ['--user', 'verify', unit], { encoding: 'utf8' });
    // Not every machine has it, and in a container it may have no manager to ask.
    if (verified.error === undefined && verified.status !== 0)
      expect(verified.stderr).not.toContain('trainyard.service:');
  });
});
