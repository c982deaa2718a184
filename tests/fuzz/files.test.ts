import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { exitRecordSchema, identityRecordSchema } from '../../src/main/core/domain/runnerRecords.ts';
import { openNotes } from '../../src/main/core/gpu/notes.ts';
import { JournalReader, readExit, readIdentity, runPaths } from '../../src/main/core/runs/runFiles.ts';
import { damaged, fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

// In memory where that is possible: 100 000 files are no load for a disk then.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trainyard-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));
const paths = {
  ...runPaths(folder, 1, 'run'),
  exit: join(folder, 'exit.json'),
  identity: join(folder, 'identity.json'),
};

const EXIT = {
  protocol: 1,
  run: '1-1-abc',
  code: 0,
  signal: null,
  core_dumped: false,
  never_started: false,
  start_error: null,
  started_at: 1_790_000_000_000,
  main_exited_at: 1_790_000_001_000,
  ended_at: 1_790_000_001_001,
  wall_ms: 1001,
  user_cpu_ms: 1,
  system_cpu_ms: 1,
  max_rss_kib: 1000,
  stopped: true,
  forced: false,
  leftovers: 0,
  members_seen: 9,
  reaped: 9,
  kill_rounds: 0,
};
const IDENTITY = {
  protocol: 1,
  run: '1-1-abc',
  boot_id: '6f3a',
  pid_namespace: 'pid:[4026531836]',
  runner: 'native',
  runner_pid: 4100,
  runner_start: '8123456',
  main_pid: 4101,
  main_start: '8123457',
  started_at: 1_790_000_000_000,
};
const DISCOVERY = { port: 41_234, token: 'a'.repeat(43), pid: 4100, version: '0.1.0' };
const NOTES = {
  boot: 'b',
  runs: { r: { jobId: 1, wasListed: true, before: { g: { unexplainedMiB: 1, pids: [5] } }, atStop: { g: 12 } } },
  quarantined: [],
};
const JOURNAL = [
  { at: 1, event: 'started' },
  { at: 2, event: 'stop', grace_ms: 5, deadline_at: 7 },
  { at: 3, event: 'signal', signal: 'SIGTERM', to: 'main', sent: 1, pids: [4101] },
  { at: 4, event: 'exit' },
];

/** The file as it should be, damaged, or something else altogether; a field with another value in it. */
function fileLike(value: Readonly<Record<string, unknown>>): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(`${JSON.stringify(value)}\n`);
  const otherValue = fc
    .tuple(fc.constantFrom(...Object.keys(value)), fc.jsonValue({ maxDepth: 2 }))
    .map(([name, other]) => Buffer.from(JSON.stringify({ ...value, [name]: other })));
  return fc.oneof(
    damaged(fc.constant(whole)),
    otherValue,
    fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
}

test('an exit record is read whole or not at all: no half of one ends a run', async () => {
  await fuzz('exit records', inputs(500), fileLike(EXIT), (bytes) => {
    writeFileSync(paths.exit, bytes);
    const record = readExit(paths);
    if (record !== null) expect(exitRecordSchema.safeParse(record).success).toBe(true);
  });
});

test('an identity is read whole or not at all: nothing is signalled by half a pid', async () => {
  await fuzz('identity records', inputs(500), fileLike(IDENTITY), (bytes) => {
    writeFileSync(paths.identity, bytes);
    const record = readIdentity(paths);
    if (record === null) return;
    expect(identityRecordSchema.safeParse(record).success).toBe(true);
    expect(record.runner_pid).toBeGreaterThan(1);
    expect(record.main_pid).toBeGreaterThan(1);
  });
});

test('a discovery file is read whole or not at all', async () => {
  await fuzz('discovery file', inputs(500), fileLike(DISCOVERY), (bytes) => {
    writeFileSync(join(folder, 'api.json'), bytes);
    const found = readDiscovery(folder);
    if (found === null) return;
    expect(found.port).toBeGreaterThan(0);
    expect(found.port).toBeLessThan(65_536);
    expect(Number.isSafeInteger(found.pid)).toBe(true);
    expect(found.token.length).toBeGreaterThanOrEqual(16);
  });
});

test('a journal that grows in any pieces gives each whole line once, and junk gives nothing', async () => {
  const lines = fc.array(
    fc.oneof(
      fc.constantFrom(...JOURNAL.map((entry) => `${JSON.stringify(entry)}\n`)).map((text) => Buffer.from(text)),
      damaged(fc.constantFrom(...JOURNAL.map((entry) => Buffer.from(`${JSON.stringify(entry)}\n`)))),
    ),
    { maxLength: 8 },
  );
  const journal = fc.record({ lines, cuts: fc.array(fc.nat(2_000), { maxLength: 4 }) });
  await fuzz('journals', inputs(300), journal, ({ lines: parts, cuts }) => {
    const path = join(folder, 'journal.jsonl');
    const bytes = Buffer.concat(parts);
    writeFileSync(path, '');
    const reader = new JournalReader(path);
    const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
    const grown = ends.flatMap((end) => {
      writeFileSync(path, bytes.subarray(0, end));
      return reader.read();
    });
    expect(grown).toEqual(new JournalReader(path).read());
    for (const entry of grown) expect(typeof entry.event).toBe('string');
  });
});

test('a damaged note about GPUs is as good as none', async () => {
  await fuzz('GPU notes', inputs(300), fileLike(NOTES), (bytes) => {
    const path = join(folder, 'gpus.json');
    writeFileSync(path, bytes);
    const notes = openNotes(path, 'b', (error) => {
      throw error;
    });
    expect(Array.isArray(notes.quarantined())).toBe(true);
    notes.run('r');
  });
});
