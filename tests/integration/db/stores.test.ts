import { describe, expect, test } from 'vitest';
import { createEventStore } from '../../../src/main/core/db/eventStore.ts';
import { createSessionStore } from '../../../src/main/core/db/sessionStore.ts';
import { createSettingsStore } from '../../../src/main/core/db/settingsStore.ts';
import { settingsSchema } from '../../../src/shared/settings.ts';
import { TestFolder } from './folder.ts';

describe('numbered events', () => {
  test('have no gap, also when a transaction in between was taken back', () => {
    using folder = new TestFolder();
    const db = folder.open();
    const events = createEventStore(db);
    expect(events.lastSeq()).toBe(0);
    expect(events.appendTx(10, 'job.submitted', 1, { name: 'a' })).toBe(1);
    const failing = db.transaction(() => {
      events.appendTx(11, 'job.claimed', 1, {});
      events.appendTx(11, 'job.started', 1, {});
      throw new Error('taken back');
    });
    expect(failing).toThrow('taken back');
    expect(events.appendTx(12, 'queue.mode', null, { mode: 'pause' })).toBe(2);
    expect(events.lastSeq()).toBe(2);
  });

  test('go on with the next number after closing and opening again', () => {
    using folder = new TestFolder();
    const db = folder.open();
    createEventStore(db).appendTx(10, 'job.submitted', 1, {});
    db.close();
    expect(createEventStore(folder.open()).appendTx(11, 'job.claimed', 1, {})).toBe(2);
  });

  test('since(n) gives what came after n, oldest first, as it was written', () => {
    using folder = new TestFolder();
    const events = createEventStore(folder.open());
    for (let at = 1; at <= 5; at += 1)
      events.appendTx(at, 'job.stop-stage', at % 2, { stage: 'killing', "o'clock": [at] });
    expect(events.since(0, 100).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(events.since(3, 100)).toEqual([
      { seq: 4, at: 4, kind: 'job.stop-stage', jobId: 0, data: { stage: 'killing', "o'clock": [4] } },
      { seq: 5, at: 5, kind: 'job.stop-stage', jobId: 1, data: { stage: 'killing', "o'clock": [5] } },
    ]);
    expect(events.since(1, 2).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(events.since(5, 100)).toEqual([]);
    expect(events.since(99, 100)).toEqual([]);
  });

  test('of one job leave out those of others and of the queue', () => {
    using folder = new TestFolder();
    const events = createEventStore(folder.open());
    events.appendTx(1, 'job.submitted', 1, {});
    events.appendTx(2, 'queue.mode', null, {});
    events.appendTx(3, 'job.submitted', 2, {});
    events.appendTx(4, 'job.claimed', 1, {});
    expect(events.ofJob(1).map(({ seq }) => seq)).toEqual([1, 4]);
  });
});

describe('settings', () => {
  const DEFAULTS = settingsSchema.parse({});

  test('of a new database are the defaults, and it runs', () => {
    using folder = new TestFolder();
    const settings = createSettingsStore(folder.open());
    expect(settings.get()).toEqual(DEFAULTS);
    expect(settings.mode()).toBe('run');
  });

  test('are kept over closing', () => {
    using folder = new TestFolder();
    const db = folder.open();
    const changed = { ...DEFAULTS, cpuSlots: 4, nvidiaSmiPath: '/opt/nvidia-smi', defaultGraceSeconds: 2.5 };
    createSettingsStore(db).setTx(changed);
    createSettingsStore(db).setModeTx('drain');
    db.close();
    const again = createSettingsStore(folder.open());
    expect(again.get()).toEqual(changed);
    expect(again.mode()).toBe('drain');
  });

  test.for<[string, string, Partial<typeof DEFAULTS>]>([
    [
      'one damaged field falls back alone',
      '{"cpuSlots":-3,"defaultGraceSeconds":30,"defaultStopSignal":"SIGINT"}',
      { defaultGraceSeconds: 30, defaultStopSignal: 'SIGINT' },
    ],
    [
      'two damaged fields fall back',
      '{"cpuSlots":"many","defaultGraceSeconds":30,"defaultStopSignal":"SIGKILL"}',
      { defaultGraceSeconds: 30 },
    ],
    ['a field of a newer version is left out', '{"cpuSlots":2,"theme":"dark"}', { cpuSlots: 2 }],
    ['a record that is no object', '[1,2]', {}],
    ['a text', '"hello"', {}],
    ['null', 'null', {}],
    ['no JSON at all', '{"cpuSlots":', {}],
  ])('%s', ([, stored, kept]) => {
    using folder = new TestFolder();
    const db = folder.open();
    db.prepare("INSERT INTO settings (name, value) VALUES ('settings', ?)").run(stored);
    expect(createSettingsStore(db).get()).toEqual({ ...DEFAULTS, ...kept });
  });

  test.for(['"halt"', '7', 'run', 'null'])(
    'a mode that is %s runs: a damaged row does not stop the queue for ever',
    (stored) => {
      using folder = new TestFolder();
      const db = folder.open();
      db.prepare("INSERT INTO settings (name, value) VALUES ('queue.mode', ?)").run(stored);
      expect(createSettingsStore(db).mode()).toBe('run');
    },
  );
});

describe('sessions', () => {
  test('one that did not end is a crash, one that did is not', () => {
    using folder = new TestFolder();
    const sessions = createSessionStore(folder.open());
    sessions.begin(100);
    sessions.end(sessions.begin(200), 250);
    sessions.begin(300);
    expect(sessions.crashedSince(0)).toEqual([100, 300]);
    expect(sessions.crashedSince(101)).toEqual([300]);
  });

  test('only the latest hundred are kept', () => {
    using folder = new TestFolder();
    const db = folder.open();
    const sessions = createSessionStore(db);
    for (let at = 0; at < 130; at += 1) sessions.begin(at);
    expect(db.prepare('SELECT count(*) AS count, min(started_at) AS oldest FROM sessions').get()).toEqual({
      count: 100,
      oldest: 30,
    });
  });
});
