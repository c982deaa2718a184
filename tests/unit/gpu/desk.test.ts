import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createAttribution } from '../../../src/main/core/gpu/attribution.ts';
import type { AttributionParts } from '../../../src/main/core/gpu/attribution.ts';
import { leakWords } from '../../../src/main/core/gpu/leaks.ts';
import { emptyNote, openNotes } from '../../../src/main/core/gpu/notes.ts';
import { paceFor } from '../../../src/main/core/gpu/pace.ts';
import { createPeaks } from '../../../src/main/core/gpu/peaks.ts';
import { listed, row, runOf } from './machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-notes-'));
afterEach(() => rmSync(join(folder, 'gpus.json'), { force: true }));

/** Larger than any pid of Linux: nobody has it. */
const NOBODY = 4_194_305;

describe('whose a process is', () => {
  const attribution = (over: Partial<AttributionParts> = {}) =>
    createAttribution({ members: () => new Map(), formerOwner: () => null, jobOfRun: () => null, ...over });

  test('a member’s run, a stranger’s nobody, and one without a pid cannot be told', () => {
    const { rowsOf } = attribution({ members: () => new Map([[process.pid, runOf(7)]]) });
    const list = [listed(process.pid, 5), listed(process.ppid, 5), listed(null, 5), listed(NOBODY, 5)];
    expect(rowsOf(list)).toMatchObject([
      { alive: true, owner: runOf(7) },
      { alive: true, owner: null },
      { alive: null, owner: null },
      { alive: false, owner: null, deadBefore: false },
    ]);
  });

  test('one list is looked at once', () => {
    let asked = 0;
    const { rowsOf } = attribution({ members: () => new Map([[(asked += 1), runOf(1)]]) });
    const list = [listed(process.pid, 5)];
    expect(rowsOf(list)).toBe(rowsOf(list));
    expect(asked).toBe(1);
    rowsOf([]);
    expect(asked, 'an empty list needs no process table').toBe(1);
  });

  test('a dead process keeps its run from list to list, and its second list as a dead one is told', () => {
    let members = new Map([[NOBODY, runOf(7)]]);
    const { rowsOf } = attribution({ members: () => members });
    rowsOf([listed(NOBODY, 5)]);
    members = new Map();
    expect(rowsOf([listed(NOBODY, 5)])).toMatchObject([{ alive: false, owner: runOf(7), deadBefore: true }]);
    rowsOf([]);
    expect(rowsOf([listed(NOBODY, 5)])).toMatchObject([{ owner: null, deadBefore: false }]);
  });

  test('what was known before a restart is asked for dead processes only', () => {
    const { rowsOf } = attribution({ formerOwner: () => runOf(9) });
    expect(rowsOf([listed(NOBODY, 5), listed(process.pid, 5)])).toMatchObject([{ owner: runOf(9) }, { owner: null }]);
  });

  test('a living process that left its run is known by its tag, if the run is one of ours', async () => {
    const child = spawn('sleep', ['60'], { env: { ...process.env, TRAINYARD_RUN: '7-1-x' }, stdio: 'ignore' });
    await once(child, 'spawn');
    const list = [listed(child.pid ?? null, 5)];
    expect(attribution({ jobOfRun: (run) => (run === '7-1-x' ? 7 : null) }).rowsOf(list)).toMatchObject([
      { owner: runOf(7) },
    ]);
    expect(attribution().rowsOf([...list])).toMatchObject([{ owner: null }]);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('a pid of ours that is listed proves that the driver’s pids are ours', () => {
    const { rowsOf, pidsAreOurs } = attribution({ members: () => new Map([[process.pid, runOf(7)]]) });
    rowsOf([listed(process.pid, 5)]);
    expect(pidsAreOurs()).toBe(true);
  });
});

describe('memory that nobody uses', () => {
  const facts = { isLive: () => false, pidsAreOurs: true };

  test('is told in a sentence', () => {
    expect(leakWords(row(listed(5, 2_048), { owner: runOf(7) }), facts)).toBe(
      'process 5 of #7 has outlived its run and holds 2.0 GiB',
    );
    expect(leakWords(row(listed(5, null), { owner: runOf(7), alive: false }), facts)).toBe(
      '#7 is over and its process 5 is gone, but the driver still counts memory for it',
    );
    expect(leakWords(row(listed(5, 700), { alive: false, deadBefore: true }), facts)).toBe(
      'there is no process 5 any more, but the driver still counts 700 MiB for it',
    );
  });

  test('is not: a live run’s, a stranger’s, one that is just exiting, one of another pid namespace', () => {
    expect(leakWords(row(listed(5, 700), { owner: runOf(7) }), { ...facts, isLive: () => true })).toBeNull();
    expect(leakWords(row(listed(5, 700)), facts)).toBeNull();
    expect(leakWords(row(listed(5, 700), { alive: false }), facts)).toBeNull();
    const foreign = row(listed(5, 700), { alive: false, deadBefore: true });
    expect(leakWords(foreign, { ...facts, pidsAreOurs: false })).toBeNull();
  });
});

describe('notes that outlive the app', () => {
  const path = join(folder, 'gpus.json');
  const note = {
    jobId: 7,
    wasListed: true,
    before: { 'GPU-A': { unexplainedMiB: 300, pids: [4] } },
    atStop: { 'GPU-A': 9_000 },
  };
  const quarantined = { gpu: 'GPU-A', run: '7-1-x', note, members: [{ pid: 5, start: '9' }], since: 3, words: 'held' };
  const open = (boot = 'this-boot') =>
    openNotes(path, boot, (error) => {
      throw error;
    });

  test('are there again', () => {
    const first = open();
    first.noteRun('7-1-x', note);
    first.quarantine(quarantined);
    first.quarantine({ ...quarantined, run: '8-1-x', words: 'held as well' });
    expect(open().run('7-1-x')).toEqual(note);
    expect(open().quarantined()).toHaveLength(2);
    first.release(quarantined);
    expect(open().quarantined()).toMatchObject([{ run: '8-1-x' }]);
  });

  test('of runs that are over are dropped', () => {
    const first = open();
    first.noteRun('7-1-x', note);
    first.noteRun('8-1-x', emptyNote(8));
    first.keepRuns(['8-1-x']);
    first.forgetRun('9-1-x');
    expect([open().run('7-1-x'), open().run('8-1-x')]).toEqual([null, emptyNote(8)]);
  });

  test('of another boot say nothing, and damaged ones are as good as none', () => {
    open().quarantine(quarantined);
    expect(open('another-boot').quarantined()).toEqual([]);
    for (const text of ['', '{', '[]', JSON.stringify({ boot: 'this-boot', runs: { x: 1 }, quarantined: [] })]) {
      writeFileSync(path, text);
      expect(open().quarantined()).toEqual([]);
    }
  });

  test('hold for the session where they cannot be written', () => {
    const problems: unknown[] = [];
    const notes = openNotes(join(folder, 'no-folder', 'gpus.json'), 'this-boot', (error) => problems.push(error));
    notes.quarantine(quarantined);
    expect(notes.quarantined()).toEqual([quarantined]);
    expect(problems).toHaveLength(1);
  });

  test('are for their owner alone', () => {
    open().noteRun('7-1-x', note);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ boot: 'this-boot' });
  });
});

test('peaks: the largest sum on one GPU, written at once, then every five seconds at most, and at the end', () => {
  const writes: [string, number][] = [];
  let now = 0;
  const peaks = createPeaks(
    (run, mib) => writes.push([run, mib]),
    () => now,
  );
  const runs = [{ run: runOf(7).run, gpus: ['GPU-A', 'GPU-B'] }];
  const own = (mib: number | null, gpuUuid = 'GPU-A') => row(listed(5, mib, { gpuUuid }), { owner: runOf(7) });
  peaks.note([own(null)], runs);
  expect(writes).toEqual([]);
  peaks.note([own(300), own(200), own(450, 'GPU-B'), row(listed(6, 9_000))], runs);
  expect(writes).toEqual([['7-1-x', 500]]);
  now = 4_999;
  peaks.note([own(800)], runs);
  now = 5_000;
  expect(writes).toHaveLength(1);
  peaks.note([own(700)], runs);
  expect(writes).toEqual([
    ['7-1-x', 500],
    ['7-1-x', 800],
  ]);
  peaks.note([own(900)], runs);
  peaks.end('7-1-x');
  peaks.end('7-1-x');
  expect(writes.slice(2)).toEqual([['7-1-x', 900]]);
});

test('the pace is the closer one of what a person and what jobs need', () => {
  expect([paceFor('watched', false), paceFor('busy', false), paceFor('idle', true), paceFor('idle', false)]).toEqual([
    'watched',
    'idle',
    'busy',
    'idle',
  ]);
});
