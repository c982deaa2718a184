import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createOrphanDesk } from '../../../src/main/core/api/orphanDesk.ts';
import { keptSecretsOf, NO_SECRETS } from '../../../src/main/core/domain/secretWords.ts';
import { createOrphans } from '../../../src/main/core/engines/local/orphans.ts';
import type { Orphans } from '../../../src/main/core/engines/local/orphans.ts';
import { program, TestYard } from '../../helpers/core.ts';
import { exitRecord } from '../../unit/domain/jobs.ts';
import { isGone, readStat, signalIdentity, until, untilGone } from '../../helpers/process.ts';
import type { Identity } from '../../helpers/process.ts';

/** A yard, the finder of its data folder, and processes as earlier runs leave them. */
class OrphanYard {
  readonly yard = new TestYard();
  readonly dataFolder = join(this.yard.home, 'data');
  readonly live = new Set<string>();
  secrets = NO_SECRETS;
  readonly #started: Identity[] = [];

  constructor() {
    mkdirSync(join(this.dataFolder, 'jobs/7/files'), { recursive: true });
  }

  orphans(dataFolder = this.dataFolder): Orphans {
    return createOrphans({ dataFolder, liveRuns: () => this.live, now: Date.now, secretsOf: () => this.secrets });
  }

  /** Starts a process outside the tree of this test, as init or a user manager would have it. */
  async leave(variables: Record<string, string>, ...options: string[]): Promise<Identity> {
    const known = this.yard.processes.length;
    const count = options.includes('--child') ? 2 : 1;
    const [node = '', ...words] = program('orphan.mjs', ...options);
    // The shell in between ends at once: what it started is nobody's child any more.
    spawn('setsid', ['--fork', node, ...words], {
      env: { ...process.env, ANNOUNCE: this.yard.announced, ...variables },
      stdio: 'ignore',
    });
    await until('the orphans', () => this.yard.processes.length === known + count, this.yard.announced);
    const fresh = this.yard.processes.filter(({ pid }) => !this.#started.some((each) => each.pid === pid));
    this.#started.push(...fresh);
    const first = fresh.find(({ pid }) => !fresh.some((each) => each.pid === readStat(pid)?.parent));
    if (first === undefined) throw new Error('nothing was started');
    return first;
  }

  /** The variables of a run of job 7 in this data folder. */
  tag(run: string, jobDirectory = join(this.dataFolder, 'jobs/7/files')): Record<string, string> {
    return { TRAINYARD_RUN: run, TRAINYARD_JOB_ID: '7', TRAINYARD_JOB_DIR: jobDirectory };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const identity of this.#started) signalIdentity(identity, 'SIGKILL');
    await untilGone(this.#started);
    await this.yard[Symbol.asyncDispose]();
  }
}

const aRun = (): string => `7-1-${randomUUID()}`;
const pidsOf = (orphans: Orphans): number[] => orphans.list().map(({ pid }) => pid);

describe('orphans of earlier runs', () => {
  test('are listed with what a person needs to recognise them', async () => {
    await using place = new OrphanYard();
    const run = aRun();
    const before = Date.now();
    const { pid, start } = await place.leave(place.tag(run));
    const [found, ...more] = place.orphans().list();
    expect(more).toEqual([]);
    expect(found).toMatchObject({ pid, start, run, jobId: 7 });
    expect(found?.commandLine).toContain('orphan.mjs');
    expect(Math.abs((found?.since ?? 0) - before)).toBeLessThan(3_000);
  });

  test('are listed without what their job keeps secret', async () => {
    await using place = new OrphanYard();
    place.secrets = keptSecretsOf({ env: { SITE: 'hunter2', PIN: '12' }, secretEnv: ['SITE', 'PIN'] });
    await place.leave(place.tag(aRun()), '--to', 'http://hunter2/', 'PIN=12', '--hf-token', 'hush');
    const [found] = place.orphans().list();
    expect(found?.commandLine).toMatch(/orphan\.mjs --to http:\/\/••••••\/ PIN=•••••• --hf-token ••••••$/);
  });

  test('are not: what belongs to a live run, whatever it carries', async () => {
    await using place = new OrphanYard();
    const live = aRun();
    const { pid } = await place.leave(place.tag(live));
    place.live.add(live);
    expect(pidsOf(place.orphans())).not.toContain(pid);
  });

  test('are not: a runner whose run is over, while a slow disk takes its last record', async () => {
    await using place = new OrphanYard();
    const run = aRun();
    const runner = await place.leave(place.tag(run));
    const directory = join(place.dataFolder, 'jobs/7', run);
    mkdirSync(directory);
    const who = { run, boot_id: 'this', runner: 'native', started_at: 1, main_pid: runner.pid, main_start: '1' };
    const identity = { ...who, protocol: 1, runner_pid: runner.pid, runner_start: runner.start };
    writeFileSync(join(directory, 'identity.json'), JSON.stringify(identity));
    expect(pidsOf(place.orphans())).toEqual([runner.pid]);
    writeFileSync(join(directory, 'exit.json'), JSON.stringify(exitRecord({ run })));
    expect(pidsOf(place.orphans())).toEqual([]);
  });

  test('are not: processes below the runner of a live run that carry an old tag', async () => {
    await using place = new OrphanYard();
    const live = aRun();
    const runner = await place.leave(place.tag(aRun()), '--child');
    expect(pidsOf(place.orphans())).toHaveLength(2);
    place.live.add(live);
    const directory = join(place.dataFolder, 'jobs/7', live);
    mkdirSync(directory);
    const identity = {
      protocol: 1,
      run: live,
      boot_id: 'this',
      runner: 'native',
      started_at: 1,
      runner_pid: runner.pid,
      runner_start: '1',
      main_pid: runner.pid,
      main_start: '1',
    };
    writeFileSync(join(directory, 'identity.json'), JSON.stringify(identity));
    expect(pidsOf(place.orphans()), 'another process has the number of that runner').toHaveLength(2);
    writeFileSync(join(directory, 'identity.json'), JSON.stringify({ ...identity, runner_start: runner.start }));
    expect(pidsOf(place.orphans())).toEqual([]);
    expect(await place.orphans().stop(runner)).toBeNull();
  });

  test('are not: processes of another data folder, also when its name begins like ours', async () => {
    await using place = new OrphanYard();
    const elsewhere = `${place.dataFolder}-2`;
    mkdirSync(join(elsewhere, 'jobs/7/files'), { recursive: true });
    const other = await place.leave(place.tag(aRun(), join(elsewhere, 'jobs/7/files')));
    const above = await place.leave(place.tag(aRun(), join(place.dataFolder, '..')));
    const otherJob = await place.leave(place.tag(aRun(), join(place.dataFolder, 'jobs/8/files')));
    const none = await place.leave({ TRAINYARD_RUN: aRun() });
    expect(pidsOf(place.orphans())).toEqual([]);
    expect(pidsOf(place.orphans(elsewhere))).toEqual([other.pid]);
    for (const identity of [other, above, otherJob, none])
      expect(await place.orphans().stop(identity), 'what is not listed is not stopped').toBeNull();
    expect([other, above, otherJob, none].some(isGone)).toBe(false);
  });

  test.each([
    ['no uuid', '7-1-abc'],
    ['a part of an id', `7-1-${randomUUID()}`.slice(0, -1)],
    ['more than an id', `7-1-${randomUUID()}-x`],
    ['another job', `8-1-${randomUUID()}`],
    ['job 0', `0-1-${randomUUID()}`],
    ['nothing', ''],
  ])('are not: processes whose tag is %s', async (_, run) => {
    await using place = new OrphanYard();
    await place.leave(place.tag(run));
    expect(pidsOf(place.orphans())).toEqual([]);
  });

  test('are found through a link to the data folder', async () => {
    await using place = new OrphanYard();
    const link = join(place.yard.home, 'link');
    symlinkSync(place.dataFolder, link);
    const { pid } = await place.leave(place.tag(aRun()));
    expect(pidsOf(place.orphans(link))).toEqual([pid]);
  });

  test('are not: this app’s own children, when it was started from a terminal inside an old run', async () => {
    await using place = new OrphanYard();
    const child = spawn('sleep', ['60'], { env: { ...process.env, ...place.tag(aRun()) }, stdio: 'ignore' });
    const identity = { pid: child.pid ?? 0, start: readStat(child.pid ?? 0)?.start ?? '' };
    expect(pidsOf(place.orphans())).toEqual([]);
    signalIdentity(identity, 'SIGKILL');
    await untilGone([identity]);
  });
});

describe('stopping an orphan', () => {
  test('ends it and what else is left of its run, and nothing of another one', async () => {
    await using place = new OrphanYard();
    const run = aRun();
    const first = await place.leave(place.tag(run), '--child');
    const second = await place.leave(place.tag(run));
    const other = await place.leave(place.tag(aRun()));
    expect(await place.orphans().stop(first)).toEqual({ membersGone: 3 });
    expect([first, second].every(isGone)).toBe(true);
    expect(isGone(other)).toBe(false);
    expect(pidsOf(place.orphans())).toEqual([other.pid]);
  });

  test('goes down the ladder: what ignores SIGTERM is killed at the deadline', async () => {
    await using place = new OrphanYard();
    const stubborn = await place.leave(place.tag(aRun()), '--ignore');
    const began = Date.now();
    await place.orphans().stop(stubborn, { signal: 'SIGTERM', graceMs: 400 });
    expect(isGone(stubborn)).toBe(true);
    expect(Date.now() - began).toBeGreaterThanOrEqual(390);
  });

  test('twice at once is one stop', async () => {
    await using place = new OrphanYard();
    const orphan = await place.leave(place.tag(aRun()));
    const orphans = place.orphans();
    const answers = await Promise.all([orphans.stop(orphan), orphans.stop(orphan)]);
    expect(answers[0]).toEqual({ membersGone: 1 });
    expect(answers[1]).toBe(answers[0]);
  });

  // The window asks again soon while one is being stopped: what was left of the run would stand there for half a minute.
  test('is shown at all that is left of the run, also when the one that was named has gone', async () => {
    await using place = new OrphanYard();
    const orphan = await place.leave(place.tag(aRun()), '--child', '--ignore');
    const bugs: unknown[] = [];
    const desk = createOrphanDesk(place.orphans(), (error) => bugs.push(error));
    expect(desk.stop(orphan)?.map(({ stopping }) => stopping)).toEqual([true, true]);
    signalIdentity(orphan, 'SIGKILL');
    await untilGone([orphan]);
    expect(desk.list().map(({ stopping }) => stopping)).toEqual([true]);
    for (const identity of place.yard.processes) signalIdentity(identity, 'SIGKILL');
    await until('nothing is left', () => desk.list().length === 0);
    expect(bugs).toEqual([]);
  });

  test('of another start time, or of a number that is nobody’s, signals nothing', async () => {
    await using place = new OrphanYard();
    const orphan = await place.leave(place.tag(aRun()));
    const orphans = place.orphans();
    for (const wrong of [
      { pid: orphan.pid, start: String(Number(orphan.start) - 1) },
      { pid: 0, start: orphan.start },
      { pid: 1, start: readStat(1)?.start ?? '' },
      { pid: process.pid, start: readStat(process.pid)?.start ?? '' },
      { pid: Number.NaN, start: orphan.start },
    ])
      expect(await orphans.stop(wrong)).toBeNull();
    expect(isGone(orphan)).toBe(false);
  });
});
