import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../../src/shared/job.ts';
import { program, ROOT, TestYard } from '../../helpers/core.ts';
import { isGone, readStat, signalIdentity, until, untilGone } from '../../helpers/process.ts';
import type { Identity } from '../../helpers/process.ts';

const FOLDER = join(ROOT, 'tests/fixtures/docker');

interface Call {
  readonly do: string;
  readonly id?: string;
  readonly seconds?: number;
  readonly signal?: string;
  readonly init?: boolean;
  readonly labels?: readonly string[];
}

/** A yard on a machine with docker: the stand-in client first in PATH, its daemon outside every run, as the real one is. */
class DockerYard {
  readonly yard = new TestYard();
  readonly #socket = join(this.yard.home, 'docker.sock');
  readonly #calls = join(this.yard.home, 'calls');
  #daemon: Identity | null = null;

  static async make(): Promise<DockerYard> {
    const made = new DockerYard();
    await made.startDaemon();
    return made;
  }

  async startDaemon(): Promise<void> {
    rmSync(this.#socket, { force: true });
    const daemon = spawn(process.execPath, [join(FOLDER, 'daemon.mjs')], {
      env: { ...process.env, STANDIN_DOCKER_SOCKET: this.#socket, STANDIN_DOCKER_CALLS: this.#calls },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = daemon.pid ?? 0;
    this.#daemon = { pid, start: readStat(pid)?.start ?? '' };
    await once(daemon.stdout, 'data');
  }

  get calls(): Call[] {
    if (!existsSync(this.#calls)) return [];
    return readFileSync(this.#calls, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Call);
  }

  /** What the daemon was asked, the questions about the state left out. */
  get orders(): string[] {
    return this.calls.map((call) => call.do).filter((word) => !['inspect', 'ps', 'wait'].includes(word));
  }

  submit(
    options: readonly string[],
    inside: readonly string[],
    more: Parameters<TestYard['submit']>[1] = {},
  ): Promise<JobView> {
    const env = {
      PATH: [FOLDER, dirname(process.execPath), process.env['PATH'] ?? ''].join(':'),
      STANDIN_DOCKER_SOCKET: this.#socket,
      ...more.env,
    };
    const announce = ['-e', `ANNOUNCE=${this.yard.announced}`];
    return this.yard.submit(['docker', 'run', ...announce, ...options, 'image', ...inside], { ...more, env });
  }

  /** Resolves when so many processes inside of containers have announced themselves. */
  async inside(count: number): Promise<readonly Identity[]> {
    await until(`${count} processes`, () => this.yard.processes.length >= count, this.yard.announced);
    return this.yard.processes;
  }

  async endDaemon(): Promise<void> {
    if (this.#daemon === null) return;
    signalIdentity(this.#daemon, 'SIGKILL');
    await untilGone([this.#daemon]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.yard[Symbol.asyncDispose]();
    await this.endDaemon();
  }
}

/** The client of a run, as the process table shows it. */
async function clientOf(yard: TestYard, id: number): Promise<Identity> {
  const { mainPid } = await yard.job(id);
  return { pid: mainPid ?? 0, start: readStat(mainPid ?? 0)?.start ?? '' };
}

describe('a run in a container', () => {
  test('carries label, id file and init; its exit code is the container’s', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit(['--rm'], ['sh', '-c', 'exit 7']);
    const ended = await docker.yard.until(job.id, 'failed');
    expect(ended.outcome).toMatchObject({ kind: 'exited', code: 7 });
    const { runDirectory } = await docker.yard.job(job.id);
    const created = docker.calls.find((call) => call.do === 'create');
    expect(created).toMatchObject({ init: true, labels: [expect.stringMatching(/^trainyard\.run=1-1-/)] });
    expect(readFileSync(join(runDirectory ?? '', 'container.id'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    expect(docker.orders, 'nothing was stopped').toEqual(['create', 'start']);
  });

  test('is stopped by the daemon and not by its client; what it saves on SIGTERM is kept', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs', '--save'));
    await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.expectCancelledAndGone(job.id);
    expect(existsSync(join(docker.yard.announced, 'saved'))).toBe(true);
    expect(docker.orders).toEqual(['create', 'start', 'stop']);
    const detail = await docker.yard.job(job.id);
    expect(detail.outcome).toMatchObject({ kind: 'exited', code: 0 });
    expect(detail.receipt?.proofs.join('\n')).toMatch(
      /docker stop for container .*\n.*is over, told by docker inspect/,
    );
    const signals = detail.receipt?.steps.filter(({ signal, rung }) => signal !== null && rung !== 'main-exit');
    expect(signals, 'the client was sent nothing').toEqual([]);
  });

  test('is sent the job’s own stop signal', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs'), { stopSignal: 'SIGINT' });
    await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.expectCancelledAndGone(job.id);
    expect(docker.calls.filter((call) => ['kill', 'stop'].includes(call.do))).toMatchObject([
      { do: 'kill', signal: 'SIGINT' },
    ]);
    expect((await docker.yard.job(job.id)).outcome).toMatchObject({ kind: 'exited', code: 130 });
  });

  test('is killed by the daemon at the deadline', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs', '--ignore'), { graceSeconds: 0.5 });
    await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.expectCancelledAndGone(job.id);
    expect(docker.orders).toEqual(['create', 'start', 'stop', 'kill']);
    const { receipt, outcome } = await docker.yard.job(job.id);
    expect(outcome).toMatchObject({ kind: 'exited', code: 137 });
    expect((receipt?.finishedAt ?? 0) - (receipt?.requestedAt ?? 0)).toBeGreaterThanOrEqual(499);
  });

  test('is killed now when it is forced', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs', '--ignore'), { graceSeconds: 600 });
    await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await until('the daemon was asked', () => docker.orders.includes('stop'));
    await docker.yard.get('jobs.cancel', { jobId: job.id, force: true });
    await docker.yard.expectCancelledAndGone(job.id);
    expect(docker.orders.at(-1)).toBe('kill');
  });

  test('gets the time it is given on top: the daemon’s own deadline is later', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs', '--ignore'), { graceSeconds: 1 });
    const [inside] = await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.get('jobs.extend', { jobId: job.id });
    await docker.yard.expectCancelledAndGone(job.id);
    const { receipt } = await docker.yard.job(job.id);
    expect((receipt?.finishedAt ?? 0) - (receipt?.requestedAt ?? 0)).toBeGreaterThanOrEqual(1_900);
    expect(inside).toBeDefined();
  });

  test('that does not exist yet: the client is the run, and nothing is started', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs'), { env: { STANDIN_DOCKER_PULL_MS: '60000' } });
    await docker.yard.until(job.id, 'running');
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.expectCancelledAndGone(job.id);
    expect(docker.orders).toEqual([]);
  });

  test('does not outlive its client: when that is killed the container is stopped before the run has ended', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs', '--levels', '1'));
    const inside = await docker.inside(1);
    signalIdentity(await clientOf(docker.yard, job.id), 'SIGKILL');
    const ended = await docker.yard.until(job.id, 'failed');
    expect(ended.outcome).toMatchObject({ kind: 'signalled', signal: 'SIGKILL' });
    expect(inside.every(isGone)).toBe(true);
    expect(docker.orders).toContain('stop');
  });

  test('whose client does not go: that is stopped like any program', async () => {
    await using docker = await DockerYard.make();
    const env = { STANDIN_DOCKER_IGNORE: '1' };
    const job = await docker.submit([], program('tree.mjs'), { graceSeconds: 1, env });
    await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.expectCancelledAndGone(job.id);
    expect((await docker.yard.job(job.id)).outcome).toMatchObject({ kind: 'signalled', signal: 'SIGKILL' });
  });

  test('is found again by a core that was started meanwhile, with a stop in progress', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit([], program('tree.mjs', '--ignore'), { graceSeconds: 1.5 });
    await docker.inside(1);
    await docker.yard.get('jobs.cancel', { jobId: job.id });
    await docker.yard.close();
    docker.yard.open();
    await docker.yard.expectCancelledAndGone(job.id);
    expect(docker.orders.at(-1)).toBe('kill');
  });

  test('has not ended while the daemon does not answer', async () => {
    await using docker = await DockerYard.make();
    const gate = join(docker.yard.home, 'go');
    const job = await docker.submit([], ['sh', '-c', `while [ ! -e ${gate} ]; do sleep 0.02; done`]);
    await until('the container', () => docker.orders.includes('start'));
    await docker.yard.until(job.id, 'running');
    await docker.endDaemon();
    // The client ends with its daemon; what has become of the container nobody can say.
    await docker.yard.until(job.id, (view) => view.stop === null && view.status === 'running');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await docker.yard.job(job.id)).status).toBe('running');
    writeFileSync(gate, '');
    // Then the container is over, and a daemon that is back says that it does not know it.
    await docker.startDaemon();
    await docker.yard.until(job.id, 'failed');
  });

  test('with -d is not followed: the command is left as it is', async () => {
    await using docker = await DockerYard.make();
    const job = await docker.submit(['-d'], ['sh', '-c', 'exit 0']);
    await docker.yard.until(job.id, 'completed');
    expect(docker.calls[0]).toMatchObject({ do: 'create', labels: [], init: false });
  });

  test('without docker on the machine is a start error, at once', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(['docker', 'run', 'image'], { env: { PATH: '/nowhere' } });
    const ended = await yard.until(job.id, 'failed');
    expect(ended.outcome).toMatchObject({ kind: 'start-error', code: 'ENOENT' });
  });
});
