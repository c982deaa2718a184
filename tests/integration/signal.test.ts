import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isAlive, statOf } from '../../src/main/core/processes/processTable.ts';
import { sendSignal } from '../../src/main/core/processes/signal.ts';
import { program, ROOT } from '../helpers/core.ts';
import { isGone, readStat, signalIdentity, until, untilGone } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { cannotRun, hazard } from '../helpers/runner.ts';

const AS_NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const NAMESPACE = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** A child of the test that is ended, whatever the test comes to. */
class Victim {
  readonly child: ChildProcess;
  readonly identity: Identity;

  constructor(...command: readonly string[]) {
    const [name = 'sleep', ...words] = command.length > 0 ? command : ['sleep', '60'];
    this.child = spawn(name, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = this.child.pid ?? 0;
    this.identity = { pid, start: readStat(pid)?.start ?? '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    signalIdentity(this.identity, 'SIGKILL');
    await untilGone([this.identity]);
  }
}

/** This process and everything above it. */
function ancestors(): readonly Identity[] {
  const found: Identity[] = [];
  for (let pid = process.pid; pid > 0; pid = readStat(pid)?.parent ?? 0) {
    const stat = readStat(pid);
    if (stat === null) break;
    found.push({ pid, start: stat.start });
  }
  return found;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a signal goes', () => {
  test('to exactly the process that is meant', async () => {
    await using victim = new Victim();
    await using bystander = new Victim();
    expect(sendSignal(victim.identity, 'SIGTERM')).toBe('sent');
    expect(await once(victim.child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(isGone(bystander.identity)).toBe(false);
  });

  test('to a process whose main thread has exited: it looks like a zombie and lives', async (context) => {
    if (cannotRun !== null) context.skip(cannotRun);
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-leader-'));
    try {
      await using leader = new Victim(hazard('deadleader'), folder);
      await until('the leader is dead', () => existsSync(join(folder, 'ready')), folder);
      const stat = statOf(leader.identity.pid);
      expect(stat).toMatchObject({ state: 'Z', start: leader.identity.start });
      expect(isAlive(leader.identity)).toBe(true);
      expect(sendSignal(leader.identity, 'SIGKILL')).toBe('sent');
      await untilGone([leader.identity]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('to a stopped process', async () => {
    await using victim = new Victim();
    sendSignal(victim.identity, 'SIGSTOP');
    await until('it is stopped', () => readStat(victim.identity.pid)?.state === 'T');
    expect(sendSignal(victim.identity, 'SIGKILL')).toBe('sent');
    expect(await once(victim.child, 'exit')).toEqual([null, 'SIGKILL']);
  });
});

describe('a signal does not go', () => {
  test.each([
    ['0: the caller’s own group', 0],
    ['-0', -0],
    ['1: init', 1],
    ['-1: everything there is', -1],
    ['a group', -4_242],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['minus infinity', Number.NEGATIVE_INFINITY],
    ['a half', 2.5],
    ['more than a number holds', 2 ** 53],
    // A record that was read without a schema: the kernel would take any of these for a number.
    ['text', '4242' as unknown as number],
    ['text with more behind it', '12abc' as unknown as number],
    ['null', null as unknown as number],
    ['undefined', undefined as unknown as number],
    ['true', true as unknown as number],
    ['a list', [4_242] as unknown as number],
  ])('to %s', (_, pid) => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    for (const start of ['0', '', readStat(1)?.start ?? '', readStat(process.pid)?.start ?? ''])
      expect(sendSignal({ pid, start }, 'SIGKILL')).toBe('refused');
    expect(kill).not.toHaveBeenCalled();
  });

  test('to this process, to its parent or to anything above', () => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    expect(ancestors().length).toBeGreaterThanOrEqual(2);
    for (const identity of [...ancestors(), { pid: process.ppid, start: readStat(process.ppid)?.start ?? '' }])
      expect(sendSignal(identity, 'SIGKILL')).toBe('refused');
    expect(kill).not.toHaveBeenCalled();
  });

  test('to a process with another start time', async () => {
    await using victim = new Victim();
    const { pid, start } = victim.identity;
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    for (const other of [Number(start) - 1, Number(start) + 1, 0].map(String))
      expect(sendSignal({ pid, start: other }, 'SIGKILL')).toBe('gone');
    for (const other of ['', ` ${start}`, `${start} `, `0${start}`, `${start}.0`, 'NaN'])
      expect(sendSignal({ pid, start: other }, 'SIGKILL')).toBe('gone');
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
    expect(isGone(victim.identity)).toBe(false);
  });

  test('to a zombie', async () => {
    // The shell becomes a program that never waits for the child it got with that.
    await using parent = new Victim('sh', '-c', 'sleep 60 & echo $!; kill -9 $!; exec sleep 60');
    const { stdout } = parent.child;
    if (stdout === null) throw new Error('there is a pipe');
    const pid = Number(String(await once(stdout, 'data')));
    await until('a zombie', () => readStat(pid)?.state === 'Z');
    const zombie = { pid, start: readStat(pid)?.start ?? '' };
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    expect(isAlive(zombie)).toBe(false);
    expect(sendSignal(zombie, 'SIGKILL')).toBe('gone');
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
  });

  test('to a process that is gone', async () => {
    await using victim = new Victim('true');
    await once(victim.child, 'exit');
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    expect(sendSignal(victim.identity, 'SIGKILL')).toBe('gone');
    expect(kill).not.toHaveBeenCalled();
  });

  test('when the process ends between the look and the signal: that is no error', async () => {
    await using victim = new Victim();
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
    });
    expect(sendSignal(victim.identity, 'SIGTERM')).toBe('gone');
    kill.mockRestore();
  });

  test('where the kernel refuses: a process of another user stays, and that is told', async (context) => {
    const why = whyNoOtherUser();
    if (why !== null) {
      console.warn(`EPERM test skipped: ${why}`);
      context.skip(why);
    }
    await using victim = new Victim();
    const target = JSON.stringify(victim.identity);
    const module = JSON.stringify(join(ROOT, 'src/main/core/processes/signal.ts'));
    const script = `import(${module}).then(({ sendSignal }) => console.log(sendSignal(${target}, 'SIGKILL')));`;
    const line = [...AS_NOBODY, process.execPath, '-e', script];
    const ended = spawnSync('setpriv', line, { encoding: 'utf8', cwd: '/', env: { PATH: process.env['PATH'] } });
    expect(ended.stdout.trim(), ended.stderr).toBe('not-permitted');
    expect(isGone(victim.identity)).toBe(false);
  });
});

/** Why nothing can be tried as another user here, or null. */
function whyNoOtherUser(): string | null {
  if (process.getuid?.() !== 0) return 'becoming another user needs root';
  const module = join(ROOT, 'src/main/core/processes/signal.ts');
  const script = `require('node:fs').readFileSync(${JSON.stringify(module)})`;
  const tried = spawnSync('setpriv', [...AS_NOBODY, process.execPath, '-e', script]);
  if (tried.error !== undefined) return 'there is no setpriv';
  return tried.status === 0 ? null : 'an ordinary user can read neither this clone nor its Node';
}

/** Why no pid namespace can be made here, or null. */
function whyNoNamespace(): string | null {
  const tried = spawnSync('unshare', [...NAMESPACE, 'sh', '-c', 'test -w /proc/sys/kernel/ns_last_pid']);
  if (tried.error !== undefined) return 'there is no unshare';
  return tried.status === 0 ? null : 'no user and pid namespace can be made here';
}

describe('a number that the kernel has given to another process', () => {
  const killedBy = (killer: 'naive' | 'ours'): unknown => {
    const line = [...NAMESPACE, ...program('pidReuse.ts', killer)];
    const ended = spawnSync('unshare', line, { encoding: 'utf8' });
    if (ended.status !== 0) throw new Error(ended.stderr);
    return JSON.parse(ended.stdout);
  };
  const why = whyNoNamespace();
  if (why !== null) console.warn(`pid reuse tests skipped: ${why}`);

  test.skipIf(why !== null)('is hit by a killer that remembers numbers: the trap is a real one', () => {
    expect(killedBy('naive')).toEqual({ reused: true, answer: 'sent', victimAlive: false });
  });

  test.skipIf(why !== null)('is left alone by ours, ten times in ten', () => {
    for (let round = 0; round < 10; round += 1)
      expect(killedBy('ours')).toEqual({ reused: true, answer: 'gone', victimAlive: true });
  });
});

describe('the process table', () => {
  test('reads names with spaces, brackets and newlines', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-name-'));
    try {
      const name = join(folder, 'a) Z 1 (b\n');
      spawnSync('cp', ['/bin/sleep', name]);
      await using victim = new Victim(name, '60');
      await until('it runs', () => readFileSync(`/proc/${victim.identity.pid}/comm`, 'utf8').startsWith('a) Z'));
      expect(statOf(victim.identity.pid)).toMatchObject({
        parent: process.pid,
        threads: 1,
        start: victim.identity.start,
      });
      expect(isAlive(victim.identity)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([[0], [-1], [Number.NaN], [2 ** 31], [2 ** 53]])('has no line for %s', (pid) => {
    expect(statOf(pid)).toBeNull();
    expect(isAlive({ pid, start: '0' })).toBe(false);
  });
});
