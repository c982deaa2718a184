import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { writeSubmitRecord } from '../../../../src/main/core/engines/slurm/submitRecord.ts';
import { makeRunDirectory, runPaths } from '../../../../src/main/core/runs/runFiles.ts';
import { slurmOrder, StubSlurm } from '../../../helpers/stubSlurm.ts';

// Real programs on a loaded machine.
vi.setConfig({ testTimeout: 120_000 });

const identity = (jobId: number, slurmJobId: number, cluster = 'yard') =>
  ({
    engine: 'slurm',
    cluster,
    slurmJobId,
    tag: `trainyard:${jobId}-1-a`,
    via: 'host',
    output: '/dev/null',
    askedAt: Date.now(),
  }) as const;
const resumed = { claimedBootId: 'x', stop: null, identity: null, startedAt: null } as const;

describe('submitting to Slurm', () => {
  test('jobs that are cancelled while others go out are never submitted', async () => {
    using slurm = new StubSlurm();
    slurm.write('sbatch-waits');
    for (let id = 1; id <= 40; id += 1) slurm.engine.start(slurmOrder(id));
    await slurm.until('the first are asked for', () => slurm.calls('sbatch').length === 4);
    for (let id = 1; id <= 40; id += 1) slurm.engine.stop(`${id}-1-a`, 10_000);
    await slurm.until('those that wait have ended', () => slurm.told('ended', 40) !== undefined);
    slurm.remove('sbatch-waits');
    for (let id = 1; id <= 40; id += 1) {
      await slurm.until(`#${id} has ended`, () => slurm.told('ended', id) !== undefined);
      if (id > 4) expect(slurm.told('ended', id)?.outcome).toEqual({ kind: 'never-started' });
    }
    expect(slurm.calls('sbatch')).toHaveLength(4);
    const cancelled = slurm.calls('scancel').join(' ').match(/\d+/g) ?? [];
    expect(new Set(cancelled)).toEqual(new Set(['101', '102', '103', '104']));
    expect(slurm.bugs).toEqual([]);
  });

  test('a line of a command or of its environment ends no script', async () => {
    using slurm = new StubSlurm();
    const text = 'TRAINYARD_END_OF_BATCH_SCRIPT_7d3f\ntouch /tmp/never\nEOF\n';
    slurm.engine.start(slurmOrder(1, { command: ['echo', text], env: { TEXT: text } }));
    await slurm.until('it is accepted', () => slurm.told('accepted', 1) !== undefined);
    expect(slurm.script(101)).toContain(`export TEXT='${text}'`);
    expect(slurm.script(101)).toContain(`exec echo '${text}'`);
  });

  test('an answer that cannot be read is no refusal: the job is looked for by its mark and taken up, once', async () => {
    using slurm = new StubSlurm();
    slurm.write('sbatch-mumbles');
    slurm.engine.start(slurmOrder(1));
    await slurm.until('it is accepted', () => slurm.told('accepted', 1) !== undefined);
    expect(slurm.told('accepted', 1)?.identity).toMatchObject({ slurmJobId: 101 });
    expect(slurm.told('ended', 1)).toBeUndefined();
    expect(slurm.calls('sbatch')).toHaveLength(1);
  });

  test('a lost answer is asked for again only when the job is missing twice and may not be on its way any more', async () => {
    using slurm = new StubSlurm();
    slurm.write('sbatch-fails');
    slurm.engine.start(slurmOrder(1));
    await slurm.until('it was looked for often enough', () => slurm.calls('squeue').length >= 4);
    expect(slurm.calls('sbatch')).toHaveLength(1);
    slurm.remove('sbatch-fails');
    slurm.aheadMs = 11_000;
    await slurm.until('it is accepted', () => slurm.told('accepted', 1) !== undefined);
    expect(slurm.calls('sbatch')).toHaveLength(2);
  });

  test('a job that was taken twice is cancelled twice', async () => {
    using slurm = new StubSlurm();
    slurm.write('jobs/90', 'trainyard:1-1-a PENDING');
    slurm.write('jobs/91', 'trainyard:1-1-a PENDING');
    slurm.engine.resume({ ...slurmOrder(1), ...resumed, identity: identity(1, 90) });
    await slurm.until('it is seen', () => slurm.told('note', 1) !== undefined);
    slurm.engine.stop('1-1-a', 10_000);
    await slurm.until('it has ended', () => slurm.told('ended', 1) !== undefined);
    expect(slurm.calls('scancel').join(' ')).toMatch(/90 91/);
  });
});

describe('a log that cannot be written here', () => {
  test('is tried again at the pace of the rounds, not in a loop without a pause', async () => {
    using slurm = new StubSlurm();
    slurm.place = { via: 'ssh:stub', commands: join(slurm.folder, 'bin'), folder: join(slurm.folder, 'far') };
    vi.stubEnv('PATH', `${join(slurm.folder, 'bin')}:${process.env['PATH']}`);
    slurm.engine.start(slurmOrder(1));
    await slurm.until('it is accepted', () => slurm.told('accepted', 1) !== undefined);
    const { log } = runPaths(join(slurm.folder, 'data'), 1, '1-1-a');
    // As a full disk does: every write to it fails.
    mkdirSync(log);
    slurm.write('far/logs/1-1-a.log', 'x'.repeat(100_000));
    slurm.write('jobs/101', 'trainyard:1-1-a COMPLETED');
    await slurm.until('its end could not be told', () => slurm.bugs.length > 0);
    const before = slurm.bugs.length;
    await sleep(3_000);
    // One a second, where a loop would have made dozens.
    expect(slurm.bugs.length - before).toBeLessThanOrEqual(4);
    rmdirSync(log);
    await slurm.until('it has ended', () => slurm.told('ended', 1) !== undefined);
    vi.unstubAllEnvs();
  });
});

describe('after a restart', () => {
  test('a job that waits for another is handed over with its dependency', async () => {
    using slurm = new StubSlurm();
    slurm.write('jobs/90', 'trainyard:1-1-a PENDING');
    slurm.statuses.set(1, 'pending');
    slurm.engine.resume({ ...slurmOrder(1), ...resumed, identity: identity(1, 90) });
    slurm.engine.resume({ ...slurmOrder(2, { after: [1] }), ...resumed });
    await slurm.until('it is accepted', () => slurm.told('accepted', 2) !== undefined);
    expect(slurm.calls('sbatch')[0]).toContain('--dependency=afterok:90');
  });

  test('a number of another cluster is not taken for one here: the job is kept until that one has completed', async () => {
    using slurm = new StubSlurm();
    slurm.statuses.set(1, 'running');
    slurm.engine.resume({ ...slurmOrder(1), ...resumed, identity: identity(1, 90, 'old') });
    slurm.engine.start(slurmOrder(2, { after: [1] }));
    await slurm.until('its row says so', () => slurm.told('note', 2)?.note === 'after #1, which is running');
    expect(slurm.calls('sbatch')).toEqual([]);
    slurm.statuses.set(1, 'completed');
    await slurm.until('it is accepted', () => slurm.told('accepted', 2) !== undefined);
    expect(slurm.calls('sbatch')[0]).not.toContain('--dependency');
  });

  test('one whose earlier job is being stopped is kept: a clean exit after a cancel would satisfy Slurm', async () => {
    using slurm = new StubSlurm();
    slurm.write('jobs/90', 'trainyard:1-1-a RUNNING');
    slurm.statuses.set(1, 'running');
    slurm.engine.resume({ ...slurmOrder(1), ...resumed, identity: identity(1, 90), startedAt: 1 });
    slurm.engine.stop('1-1-a', 60_000);
    slurm.engine.start(slurmOrder(2, { after: [1] }));
    await slurm.until('its row says so', () => slurm.told('note', 2)?.note === 'after #1, which is running');
    expect(slurm.calls('sbatch')).toEqual([]);
  });

  test('one whose earlier job has failed meanwhile is not started without it', async () => {
    using slurm = new StubSlurm();
    slurm.statuses.set(1, 'failed');
    slurm.engine.resume({ ...slurmOrder(2, { after: [1] }), ...resumed });
    await slurm.until('its row says so', () => slurm.told('note', 2)?.note?.includes('#1, which has failed') ?? false);
    expect(slurm.calls('sbatch')).toEqual([]);
    slurm.engine.stop('2-1-a', 10_000);
    await slurm.until('it has ended', () => slurm.told('ended', 2) !== undefined);
  });

  test('a cancel of a job that was claimed and never handed over ends it', async () => {
    using slurm = new StubSlurm();
    const stop = {
      intent: 'cancel',
      by: 'window',
      requestedAt: 1,
      deadlineAt: 2,
      forced: false,
      stage: 'asked',
    } as const;
    slurm.engine.resume({ ...slurmOrder(1), ...resumed, stop });
    expect(slurm.reports).toEqual([]);
    await slurm.until('it has ended', () => slurm.told('ended', 1) !== undefined);
    expect(slurm.told('ended', 1)?.outcome).toEqual({ kind: 'never-started' });
    expect(slurm.calls('sbatch')).toEqual([]);
  });

  test('a cancelled job whose answer was lost ends when it cannot be on its way any more', async () => {
    using slurm = new StubSlurm();
    const paths = runPaths(join(slurm.folder, 'data'), 1, '1-1-a');
    makeRunDirectory(paths);
    writeSubmitRecord(paths, { tag: 'trainyard:1-1-a', via: 'host', output: paths.log, askedAt: Date.now() });
    const stop = {
      intent: 'cancel',
      by: 'window',
      requestedAt: 1,
      deadlineAt: 2,
      forced: false,
      stage: 'asked',
    } as const;
    slurm.engine.resume({ ...slurmOrder(1), ...resumed, stop });
    await slurm.until('it was looked for', () => slurm.calls('squeue').length >= 3);
    expect(slurm.told('ended', 1)).toBeUndefined();
    slurm.aheadMs = 11_000;
    await slurm.until('it has ended', () => slurm.told('ended', 1) !== undefined);
    expect(slurm.told('ended', 1)?.outcome).toEqual({ kind: 'never-started' });
  });
});
