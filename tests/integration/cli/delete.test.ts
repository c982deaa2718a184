import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Terminal } from './terminal.ts';

test('delete wants a yes, takes all or none, frees the files, and is over for good', async () => {
  await using terminal = new Terminal();
  await terminal.serve();
  for (const _ of [1, 2]) await terminal.run('submit', '--', 'echo', 'hello');
  await terminal.run('submit', '--', 'sleep', '600');
  await terminal.run('wait', '1-2');
  expect(await terminal.run('delete', '1'), 'nobody can be asked').toMatchObject({
    code: 2,
    err: expect.stringContaining('--yes'),
  });
  expect(await terminal.run('delete', '1', '3', '--yes')).toMatchObject({
    code: 5,
    err: expect.stringMatching(/job #3 is (pending|running)/),
  });
  expect(await terminal.run('delete', '1', '99', '--yes')).toMatchObject({ code: 4 });
  expect((await terminal.run('show', '1')).code, 'nothing was deleted').toBe(0);
  const { code, out } = await terminal.run('delete', '1-2', '--yes', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ success: true, deleted: ['1', '2'], problem: null });
  expect(existsSync(join(terminal.home, 'jobs', '1'))).toBe(false);
  expect((await terminal.run('show', '1')).code).toBe(4);
  expect((await terminal.run('events', '--help')).code).toBe(0);
  await terminal.run('cancel', '3', '--force');
  expect(await terminal.run('delete', '3', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^1 job deleted, \d+\.\d MiB freed\.\n$/),
  });
});

test('the log of a run that retention has removed says so on stderr, and in JSON', async () => {
  await using terminal = new Terminal();
  await terminal.serve();
  await terminal.run('submit', '--', 'echo', 'hello');
  await terminal.run('wait', '1');
  const [run = ''] = readdirSync(join(terminal.home, 'jobs', '1')).filter((name) => name !== 'files');
  const folder = join(terminal.home, 'jobs', '1', run);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  writeFileSync(join(folder, 'removed.json'), JSON.stringify({ at: new Date(2026, 2, 9, 12).getTime() }));
  const words = 'The log was removed by the retention setting on 2026-03-09.';
  expect(await terminal.run('logs', '1')).toEqual({ code: 0, out: '', err: `trainyard: ${words}\n` });
  expect(JSON.parse((await terminal.run('logs', '1', '--json')).out)).toMatchObject({ removed: words });
  expect((await terminal.run('show', '1')).out).toContain(words);
});
