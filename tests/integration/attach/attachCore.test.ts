import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { attachCore, AttachProblem } from '../../../src/main/attach/attachCore.ts';
import { writeDiscovery } from '../../../src/main/core/api/http/discovery.ts';
import { serveHttp } from '../../../src/main/core/api/http/server.ts';
import type { Core } from '../../../src/main/core/createCore.ts';
import type { Change, RouteName } from '../../../src/shared/contract.ts';
import type { JobDetail, JobView } from '../../../src/shared/job.ts';
import { TestYard } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';

/** A served core and an app that shows it. */
class Attached {
  readonly yard = new TestYard();
  readonly changes: Change[] = [];
  #server: Awaited<ReturnType<typeof serveHttp>> | null = null;
  #core: Core | null = null;

  static async open(log: (line: string) => void = () => {}): Promise<Attached> {
    const attached = new Attached();
    await attached.serve();
    const core = await attachCore({ dataFolder: attached.yard.core.dataFolder, version: 'test', log });
    attached.#core = core;
    core.on('changed', (change) => attached.changes.push(change));
    return attached;
  }

  async serve(): Promise<void> {
    this.#server = await serveHttp(this.yard.core, { port: 0, version: 'test' });
  }

  async endServing(): Promise<void> {
    await this.#server?.close();
    this.#server = null;
  }

  get core(): Core {
    if (this.#core === null) throw new Error('not attached');
    return this.#core;
  }

  async ask<T>(route: RouteName, input: unknown): Promise<T> {
    const answer = await this.core.router(route, input, { origin: 'window', signal: new AbortController().signal });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.data as T;
  }

  submit(...command: string[]): Promise<JobView> {
    return this.ask('jobs.submit', { command, cwd: this.yard.core.dataFolder });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core?.close();
    await this.endServing();
    await this.yard[Symbol.asyncDispose]();
  }
}

describe('an app on the folder of a headless core', () => {
  test('asks it, and hears of every change once and in order', async () => {
    await using attached = await Attached.open();
    const job = await attached.submit('true');
    const done = await attached.ask<JobView>('jobs.await', { jobId: job.id, waitMs: 60_000 });
    expect(done.status).toBe('completed');
    await until('the end was told', () => attached.changes.some(({ kind }) => kind === 'job.ended'));
    const numbers = attached.changes.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, place) => (numbers[0] ?? 0) + place));
  });

  test('a refusal is the core’s own, with its field', async () => {
    await using attached = await Attached.open();
    const context = { origin: 'window', signal: new AbortController().signal } as const;
    expect(await attached.core.router('jobs.submit', { command: [], cwd: '/' }, context)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_INPUT', field: 'command' },
    });
  });

  test('a cancel is recorded as the window’s', async () => {
    await using attached = await Attached.open();
    const job = await attached.submit('sleep', '600');
    await attached.ask('jobs.cancel', { jobId: job.id });
    await attached.ask('jobs.await', { jobId: job.id, waitMs: 60_000 });
    const detail = await attached.ask<JobDetail>('jobs.get', { jobId: job.id });
    expect(detail).toMatchObject({ status: 'cancelled', receipt: { requestedBy: 'window' } });
  });

  test('while its core is away requests are refused with what to do, and what it missed is told when it is back', async () => {
    await using attached = await Attached.open();
    const first = await attached.submit('true');
    await attached.ask('jobs.await', { jobId: first.id, waitMs: 60_000 });
    await until('the first end was told', () => attached.changes.some(({ kind }) => kind === 'job.ended'));
    await attached.endServing();
    const context = { origin: 'window', signal: new AbortController().signal } as const;
    expect(await attached.core.router('about.get', {}, context)).toMatchObject({
      ok: false,
      error: { code: 'REFUSED', message: expect.stringContaining('does not answer. Its runs go on. Start it again') },
    });
    const missed = await attached.yard.submit(['true']);
    await attached.yard.until(missed.id, 'completed');
    await attached.serve();
    await until('the missed end was told', () =>
      attached.changes.some(({ kind, jobId }) => kind === 'job.ended' && jobId === missed.id),
    );
    const numbers = attached.changes.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, place) => (numbers[0] ?? 0) + place));
  });

  test('a listener that throws is a bug of its own: the core is not lost, and the others are told', async () => {
    const lines: string[] = [];
    await using attached = await Attached.open((line) => lines.push(line));
    attached.core.on('changed', () => {
      throw new Error('of the listener');
    });
    const later: Change[] = [];
    attached.core.on('changed', (change) => later.push(change));
    await attached.submit('true');
    await until('the end was told', () => later.some(({ kind }) => kind === 'job.ended'));
    expect(lines.every((line) => line.startsWith('bug: Error: of the listener'))).toBe(true);
  });

  test('nobody on the way in speaks with the core’s own voice: secrets are shown to that', async () => {
    await using attached = await Attached.open();
    const context = { origin: 'core', signal: new AbortController().signal } as const;
    expect(await attached.core.router('settings.get', {}, context)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_INPUT', message: expect.stringContaining('origin') },
    });
  });

  test('closing it leaves the core and its runs alone', async () => {
    await using attached = await Attached.open();
    const job = await attached.submit('sleep', '600');
    await until('it runs', () => attached.changes.some(({ kind }) => kind === 'job.started'));
    await attached.core.close();
    expect(await attached.yard.job(job.id)).toMatchObject({ status: 'running' });
  });

  test('a core of another version is not shown: its contract is another one', async () => {
    await using attached = await Attached.open();
    const { dataFolder } = attached.core;
    await expect(attachCore({ dataFolder, version: 'other', log: () => {} })).rejects.toThrow(/of version test/);
  });

  test('a core that takes connections and says nothing, such as one that is stopped, is not waited for', async () => {
    await using attached = await Attached.open();
    await attached.endServing();
    const { dataFolder } = attached.core;
    const stopped = createServer().listen(0, '127.0.0.1');
    await once(stopped, 'listening');
    const { port } = stopped.address() as AddressInfo;
    writeDiscovery(dataFolder, { port, token: 'x'.repeat(43), pid: process.pid, version: 'test' });
    await expect(attachCore({ dataFolder, version: 'test', log: () => {} })).rejects.toMatchObject({ mayPass: true });
    stopped.close();
  });

  test('a discovery file that a killed core left behind is said to be no core', async () => {
    await using attached = await Attached.open();
    await attached.endServing();
    const { dataFolder } = attached.core;
    writeDiscovery(dataFolder, { port: 1, token: 'x'.repeat(43), pid: process.pid, version: 'test' });
    await expect(attachCore({ dataFolder, version: 'test', log: () => {} })).rejects.toThrow(AttachProblem);
  });
});
