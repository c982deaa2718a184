import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { Change, Envelope, RouteInput, RouteName, RouteOutput } from '../../src/shared/contract.ts';
import type { JobStatus, JobView } from '../../src/shared/job.ts';
import { createCore } from '../../src/main/core/createCore.ts';
import type { Core, CoreOptions } from '../../src/main/core/createCore.ts';
import { processesWithVariable } from '../../src/main/core/processes/processTable.ts';
import { RUN_TAG } from '../../src/main/core/runs/runEnvironment.ts';
import { required } from '../../src/shared/result.ts';
import { announcedIn, isGone, signalIdentity, untilGone } from './process.ts';
import type { Identity } from './process.ts';

/** The clone. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** A program of the tests: `tree.mjs` and its like in tests/fixtures/programs. */
export function program(name: string, ...options: string[]): string[] {
  return [process.execPath, join(ROOT, 'tests/fixtures/programs', name), ...options];
}

/** Which runner a test core uses: the compiled one, the portable one because the other “is not there”, or one that is no program. */
export type TestRunner = 'native' | 'portable' | 'garbage';

/** A data folder of a test, and the cores that are opened on it one after another. */
export class TestYard {
  readonly home = mkdtempSync(join(tmpdir(), 'trainyard-test-'));
  /** Programs of the tests announce their processes here. */
  readonly announced = join(this.home, 'announced');
  readonly changes: Change[] = [];
  readonly #runner: TestRunner;
  readonly #more: Pick<CoreOptions, 'gpuTiming'>;
  #core: Core | null = null;
  /** What the core's log has got so far; a test that provokes a fault says so with {@link forgiveBugs}. */
  readonly bugs: string[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(runner: TestRunner = 'native', more: Pick<CoreOptions, 'gpuTiming'> = {}) {
    mkdirSync(this.announced);
    this.#runner = runner;
    this.#more = more;
    this.open();
  }

  get core(): Core {
    return required(this.#core, 'the yard is open');
  }

  /** The test has provoked these itself. */
  forgiveBugs(pattern: RegExp): void {
    const rest = this.bugs.filter((line) => !pattern.test(line));
    this.bugs.splice(0, this.bugs.length, ...rest);
  }

  /** Opens a core on the folder, as a start of the app does. */
  open(): void {
    const native = join(ROOT, 'out/runner', `${process.platform}-${process.arch}`, 'trainyard-runner');
    this.#core = createCore({
      ...this.#more,
      dataFolder: join(this.home, 'data'),
      samplesFolder: join(ROOT, 'resources/samples'),
      runners: {
        native: this.#nativeRunner(native),
        portable: join(ROOT, 'src/main/core/engines/local/portableRunner.ts'),
      },
      sqliteBinding: null,
      version: 'test',
      log: (line) => this.bugs.push(line),
    });
    this.#core.on('blockers', () => {
      for (const listener of this.#listeners) listener();
    });
    this.#core.on('changed', (change) => {
      this.changes.push(change);
      for (const listener of this.#listeners) listener();
    });
  }

  #nativeRunner(compiled: string): string {
    if (this.#runner === 'native') return compiled;
    const path = join(this.home, 'no-runner-here');
    if (this.#runner === 'garbage') writeFileSync(path, 'this is no program', { mode: 0o700 });
    return path;
  }

  /** Ends the core as quitting does: runs go on. */
  async close(): Promise<void> {
    await this.#core?.close();
    this.#core = null;
  }

  /** Asks the core and answers the whole envelope. The handler runs before this returns. */
  ask<N extends RouteName>(route: N, input: RouteInput<N>): Promise<Envelope<RouteOutput<N>>> {
    return this.core.router(route, input, { origin: 'http', signal: new AbortController().signal }) as Promise<
      Envelope<RouteOutput<N>>
    >;
  }

  /** Asks the core for something that must not be refused. */
  async get<N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>> {
    const answer = await this.ask(route, input);
    if (!answer.ok) throw new Error(`${route} was refused: ${answer.error.message}`);
    return answer.data;
  }

  /** Submits a command; its processes announce themselves in this yard's folder. */
  submit(command: readonly string[], more: Partial<RouteInput<'jobs.submit'>> = {}): Promise<JobView> {
    return this.get('jobs.submit', {
      command: [...command],
      cwd: this.home,
      ...more,
      env: { ANNOUNCE: this.announced, ...more.env },
    });
  }

  /** The job as it is now. */
  job(id: number): Promise<RouteOutput<'jobs.get'>> {
    return this.get('jobs.get', { jobId: id });
  }

  /** Resolves when the job has the status, also when it had it before this was asked. */
  async until(id: number, status: JobStatus | ((job: JobView) => boolean), limitMs = 30_000): Promise<JobView> {
    const fits = typeof status === 'function' ? status : (job: JobView): boolean => job.status === status;
    return new Promise((resolvePromise, reject) => {
      const end = (): void => {
        clearTimeout(limit);
        this.#listeners.delete(check);
      };
      const check = (): void => {
        void this.get('jobs.get', { jobId: id }).then((job) => {
          if (!fits(job)) return;
          end();
          resolvePromise(job);
        }, reject);
      };
      const limit = setTimeout(() => {
        end();
        void this.job(id).then(
          (job) => reject(new Error(`#${id} is ${job.status} (${job.sentence}) after ${limitMs} ms`)),
          reject,
        );
      }, limitMs);
      this.#listeners.add(check);
      check();
    });
  }

  /** Statuses a job went through, as the numbered events tell. */
  statusesOf(id: number): JobStatus[] {
    const all = this.changes.flatMap((change) =>
      change.jobId === id && change.job !== null ? [change.job.status] : [],
    );
    return all.filter((status, place) => status !== all[place - 1]);
  }

  /** Every process that the tests' programs announced. */
  get processes(): Identity[] {
    return announcedIn(this.announced);
  }

  /** The row, the events and the process table agree that the job is cancelled and nothing of it is left. */
  async expectCancelledAndGone(id: number): Promise<void> {
    const job = await this.until(id, 'cancelled');
    expect(job.status).toBe('cancelled');
    expect(this.changes.filter((change) => change.jobId === id && change.kind === 'job.ended')).toHaveLength(1);
    expect(this.statusesOf(id).at(-1)).toBe('cancelled');
    expect(this.processes.filter((identity) => !isGone(identity))).toEqual([]);
    const detail = await this.job(id);
    expect(detail.receipt).toMatchObject({ survivors: 0 });
    expect(this.changes.map(({ seq }) => seq)).toEqual(
      this.changes.map((_, place) => (this.changes[0]?.seq ?? 1) + place),
    );
  }

  /** Ends everything this test started, by identity, and fails when the core met a bug. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#core === null) this.open();
    await this.ask('jobs.cancelMany', { jobs: 'all', force: true });
    const { jobs } = await this.get('snapshot.get', {});
    for (const job of jobs)
      if (job.status !== 'queued') await this.get('jobs.await', { jobId: job.id, waitMs: 20_000 });
    await this.close();
    const left = [...this.processes, ...jobs.flatMap(() => [])].filter((identity) => !isGone(identity));
    for (const identity of left) signalIdentity(identity, 'SIGKILL');
    await untilGone(left);
    rmSync(this.home, { recursive: true, force: true });
    expect(this.bugs).toEqual([]);
    expect(left, 'processes that outlived their job').toEqual([]);
  }
}

/** Process ids that carry a run's tag; a second way to see members, beside what the programs announce. */
export function taggedWith(run: string): readonly number[] {
  return processesWithVariable(RUN_TAG, run).map(({ pid }) => pid);
}

/** The text of a file that must be there. */
export function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}
