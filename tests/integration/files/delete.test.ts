import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program, TestYard } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';

const PRINTS = [process.execPath, '-e', "console.log('x'.repeat(100_000))"];

async function finished(yard: TestYard, count = 1): Promise<number[]> {
  const ids: number[] = [];
  for (let each = 0; each < count; each += 1) ids.push((await yard.submit(PRINTS)).id);
  for (const id of ids) await yard.until(id, 'completed');
  return ids;
}
function folderOf(yard: TestYard, id: number): string {
  return join(yard.core.dataFolder, 'jobs', String(id));
}

describe('deleting a job', () => {
  test('takes its row, its runs, what its events say, and its files, checkpoints too; it says what that freed', async () => {
    await using yard = new TestYard();
    const [id = 0] = await finished(yard);
    writeFileSync(join(folderOf(yard, id), 'files', 'checkpoint.pt'), 'y'.repeat(50_000));
    const { bytes } = await yard.get('jobs.bytes', { jobs: [id] });
    const answer = await yard.get('jobs.delete', { jobs: [id] });
    expect(answer).toEqual({ deleted: [id], freedBytes: bytes, problem: null });
    expect(bytes).toBeGreaterThanOrEqual(150_000);
    expect(existsSync(folderOf(yard, id))).toBe(false);
    expect(await yard.ask('jobs.get', { jobId: id })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    const { changes } = await yard.get('changes.since', { seq: 0 });
    expect(changes.at(-1)).toMatchObject({ kind: 'job.deleted', jobId: id, job: null });
    expect(changes.at(-1)?.queue.counts.completed).toBe(0);
    expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, place) => place + 1));
    expect(yard.changes.at(-1)).toMatchObject({ kind: 'job.deleted', jobId: id, job: null });
    expect((await yard.submit(PRINTS)).id, 'a number is not given twice').toBe(id + 1);
    await yard.until(id + 1, 'completed');
  });

  test('is refused for all when one of them is not finished or not there, and says which', async () => {
    await using yard = new TestYard();
    const [id = 0] = await finished(yard);
    const live = await yard.submit(program('tree.mjs'));
    await yard.until(live.id, 'running');
    expect(await yard.ask('jobs.delete', { jobs: [id, live.id] })).toMatchObject({
      ok: false,
      error: { code: 'REFUSED', field: 'jobs', message: expect.stringContaining(`#${live.id} is running`) },
    });
    expect(await yard.ask('jobs.delete', { jobs: [id, 99] })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND', field: 'jobs', message: expect.stringContaining('#99') },
    });
    expect(await yard.job(id)).toMatchObject({ status: 'completed' });
    expect(existsSync(folderOf(yard, id))).toBe(true);
  });

  test('keeps nobody from ending: what it was cut short at counts as no crash, and goes at the next start', async () => {
    await using yard = new TestYard();
    const [id = 0] = await finished(yard);
    const own = join(folderOf(yard, id), 'files');
    for (let each = 0; each < 2_000; each += 1) writeFileSync(join(own, `checkpoint-${each}`), '');
    const answer = yard.ask('jobs.delete', { jobs: [id] });
    await yard.close();
    await answer;
    yard.open();
    expect((await yard.get('queue.get', {})).queue.notice).toBeNull();
    await until('the rest is swept', () => !existsSync(folderOf(yard, id)));
  });

  test('leaves what is not its own: other names in its folder, and what a link leads to', async () => {
    await using yard = new TestYard();
    const [id = 0] = await finished(yard);
    const outside = join(yard.home, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'keep');
    symlinkSync(outside, join(folderOf(yard, id), 'files', 'link'));
    writeFileSync(join(folderOf(yard, id), 'mine.txt'), 'keep');
    await yard.get('jobs.delete', { jobs: [id] });
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('keep');
    expect(readdirSync(folderOf(yard, id))).toEqual(['mine.txt']);
  });

  test('a job that waited for it says that it is gone', async () => {
    await using yard = new TestYard();
    const first = await yard.submit(['false']);
    await yard.until(first.id, 'failed');
    const second = await yard.submit(['true'], { after: [first.id] });
    await yard.get('jobs.delete', { jobs: [first.id] });
    await yard.until(second.id, (job) => job.sentence.includes('is gone'));
    await yard.get('jobs.cancel', { jobId: second.id });
  });

  test('a crash between the rows and the files leaves nothing: the next start removes what this database had deleted', async () => {
    await using yard = new TestYard();
    const [id = 0, other = 0] = await finished(yard, 2);
    const folder = folderOf(yard, id);
    const [run = ''] = readdirSync(folder).filter((name) => name !== 'files');
    await yard.get('jobs.delete', { jobs: [id] });
    await yard.close();
    // As the crash left it; beside a folder that this database knows nothing of, as after a restored backup.
    for (const path of [join(folder, run), join(folder, 'files'), join(folder, '..', '77', 'files')])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(folder, run, 'output.log'), 'left');
    writeFileSync(join(folder, '..', '77', 'files', 'checkpoint.pt'), 'precious');
    yard.open();
    await expect.poll(() => existsSync(folder)).toBe(false);
    await yard.close();
    expect(existsSync(join(folder, '..', '77', 'files', 'checkpoint.pt'))).toBe(true);
    yard.open();
    expect(existsSync(folderOf(yard, other))).toBe(true);
  });
});
