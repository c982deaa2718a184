import { existsSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { removeMarked, removedAt, removedWords } from '../../../src/main/core/files/removedMark.ts';
import { sharedLook } from '../../../src/main/core/files/sharedLook.ts';
import { program, TestYard } from '../../helpers/core.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Moves the end of a job's runs back in time: nobody waits for days. */
function endedEarlier(yard: TestYard, id: number, ms: number): void {
  const db = new Database(join(yard.core.dataFolder, 'queue.sqlite'));
  db.prepare('UPDATE runs SET ended_at = ended_at - ? WHERE job_id = ?').run(ms, id);
  db.close();
}
/** Retention tells the app's log what it has done when it has done it. */
async function forgiveReports(yard: TestYard): Promise<void> {
  await expect.poll(() => yard.bugs.length).toBeGreaterThan(0);
  yard.forgiveBugs(/^files: the retention setting removed/);
}
function runFolder(directory: string | null): readonly string[] {
  return readdirSync(directory ?? '').sort();
}

async function printed(yard: TestYard, text: string): Promise<number> {
  const { id } = await yard.submit([process.execPath, '-e', `console.log(${JSON.stringify(text)})`]);
  await yard.until(id, 'completed');
  return id;
}

describe('the retention settings', () => {
  test('remove the log and the records of old runs; the job, its receipt and its checkpoints stay, and the log says so', async () => {
    await using yard = new TestYard();
    await yard.get('settings.set', { cpuSlots: 2 });
    const old = await printed(yard, 'an old log');
    const live = await yard.submit(program('tree.mjs'));
    await yard.until(live.id, 'running');
    const { runDirectory } = await yard.job(old);
    const checkpoint = join(dirname(runDirectory ?? ''), 'files', 'checkpoint.pt');
    writeFileSync(checkpoint, 'weights');
    endedEarlier(yard, old, 3 * DAY);
    const young = await printed(yard, 'a young log');
    await yard.get('settings.set', { logRetentionDays: 2 });
    await expect.poll(() => runFolder(runDirectory)).toEqual(['removed.json']);
    expect(existsSync(checkpoint)).toBe(true);
    const words = removedWords(Date.now());
    expect(await yard.job(old)).toMatchObject({ status: 'completed', logRemoved: words });
    expect(await yard.get('log.read', { jobId: old })).toMatchObject({ text: '', complete: true, removed: words });
    expect(await yard.get('log.read', { jobId: young })).toMatchObject({ text: 'a young log\n' });
    for (const jobId of [young, live.id]) expect(await yard.get('log.read', { jobId })).not.toHaveProperty('removed');
    expect(await yard.job(live.id)).toMatchObject({ status: 'running', logRemoved: null });
    await yard.get('jobs.requeue', { jobId: old });
    await yard.until(old, (job) => job.status === 'completed' && job.attempt === 2);
    expect(await yard.job(old), 'a new run has a log of its own').toMatchObject({ logRemoved: null });
    await forgiveReports(yard);
  });

  test('keep the run folders below a size, the oldest go first, and what ended within the hour stays', async () => {
    await using yard = new TestYard();
    const ids: number[] = [];
    for (let each = 0; each < 4; each += 1) {
      const id = await printed(yard, `log ${each}`);
      const { runDirectory } = await yard.job(id);
      // On disk for real: a file with a hole takes no room.
      writeFileSync(join(runDirectory ?? '', 'output.log'), Buffer.alloc(60 * 1_048_576, 1));
      endedEarlier(yard, id, (4 - each) * HOUR - HOUR / 2);
      ids.push(id);
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = ids;
    await yard.get('settings.set', { logRetentionGiB: 0.1 });
    const isRemoved = async (id: number): Promise<boolean> => (await yard.job(id)).logRemoved !== null;
    await expect.poll(() => isRemoved(third), { timeout: 20_000 }).toBe(true);
    expect(await isRemoved(first)).toBe(true);
    expect(await isRemoved(second)).toBe(true);
    expect(await isRemoved(fourth)).toBe(false);
    const usage = await yard.get('files.usage', {});
    expect(usage.runs).toBe(1);
    expect(usage.runBytes).toBeLessThan(0.1 * 1_073_741_824);
    expect(usage.totalBytes).toBe(usage.runBytes + usage.keptBytes);
    expect(usage.freeBytes).toBeGreaterThan(0);
    await forgiveReports(yard);
  });

  test('a removal that a crash has cut short is finished at the next look', async () => {
    await using yard = new TestYard();
    const id = await printed(yard, 'half removed');
    const { runDirectory } = await yard.job(id);
    await yard.close();
    writeFileSync(join(runDirectory ?? '', 'removed.json'), '{"at":');
    utimesSync(join(runDirectory ?? '', 'removed.json'), 1_000_000, 1_000_000);
    yard.open();
    await yard.get('settings.set', { logRetentionDays: 36_500 });
    await expect.poll(() => runFolder(runDirectory)).toEqual(['removed.json']);
    expect(await removedAt(runDirectory ?? '')).toBe(1_000_000_000);
    await forgiveReports(yard);
  });
});

describe('the disk use', () => {
  test('counts what a file takes, not what it seems to be', async () => {
    await using yard = new TestYard();
    const id = await printed(yard, 'sparse');
    const { runDirectory } = await yard.job(id);
    const log = join(runDirectory ?? '', 'output.log');
    truncateSync(log, 1_073_741_824);
    expect(statSync(log).size).toBe(1_073_741_824);
    expect((await yard.get('files.usage', {})).runBytes).toBeLessThan(10_000_000);
  });

  test('one look serves all that wait, is kept for a while, and is given up when nobody waits any more', async () => {
    let looks = 0;
    let release = (): void => undefined;
    const given = { up: false };
    let now = 0;
    const look = sharedLook(
      (signal) => {
        looks += 1;
        signal.addEventListener('abort', () => (given.up = true));
        return new Promise<number>((resolve) => (release = () => resolve(looks)));
      },
      { freshMs: 100, now: () => now },
    );
    const never = new AbortController().signal;
    const one = new AbortController();
    const both = [look.get(one.signal), look.get(never)];
    one.abort();
    await expect(both[0]).rejects.toThrow();
    expect(given.up, 'somebody still waits').toBe(false);
    release();
    expect(await both[1]).toBe(1);
    expect(await look.get(never)).toBe(1);
    now = 200;
    const alone = new AbortController();
    const third = look.get(alone.signal);
    alone.abort();
    await expect(third).rejects.toThrow();
    expect(given.up).toBe(true);
    const fourth = look.get(never);
    release();
    expect(await fourth).toBe(3);
    look.forget();
    const fifth = look.get(never);
    release();
    expect(await fifth).toBe(4);
  });
});

test('the mark keeps its first date', async () => {
  await using yard = new TestYard();
  const id = await printed(yard, 'x');
  const { runDirectory } = await yard.job(id);
  await removeMarked(runDirectory ?? '', 1_000);
  await removeMarked(runDirectory ?? '', 2_000);
  expect(await removedAt(runDirectory ?? '')).toBe(1_000);
});
