import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { readDiscovery } from '../../../src/main/core/api/http/discovery.ts';
import { required } from '../../../src/shared/result.ts';
import { readStat, signalIdentity, untilGone } from '../../helpers/process.ts';
import { ended, Terminal } from './terminal.ts';

interface Checked {
  readonly checks: readonly { readonly name: string; readonly level: string; readonly meaning: string }[];
}

describe('events', () => {
  test('are told a line each, go on from a number, and end with exit code 3 when the core ends', async () => {
    await using terminal = new Terminal();
    expect(await terminal.run('events')).toMatchObject({ code: 3, err: expect.stringContaining('trainyard serve') });
    const { child } = await terminal.serve();
    await terminal.run('pause');
    await terminal.run('submit', '--name', 'first', '--', 'true');
    const listening = terminal.start(['events', '--json', '--since', '0']);
    const heard = ended(listening);
    await new Promise((resolve) => listening.stdout?.once('data', resolve));
    const inWords = terminal.start(['events', '--since', '1']);
    const words = ended(inWords);
    await new Promise((resolve) => inWords.stdout?.once('data', resolve));
    await terminal.run('cancel', '1');
    child.kill('SIGTERM');
    const { code, out } = await heard;
    expect(code).toBe(3);
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; seq: number; kind?: string });
    expect(told.map(({ event, kind }) => kind ?? event)).toEqual(['open', 'queue.mode', 'job.submitted', 'job.ended']);
    expect(told.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect((await words).out).toMatch(/^2 {2}\S+ {2}job\.submitted {2}#1 first: /);
    expect(await terminal.run('events', '--since', 'x')).toMatchObject({ code: 2 });
  });
});

/** The settings as a core keeps them, written while none runs. */
class SettingsFile {
  readonly #db: BetterSqlite3.Database;

  constructor(path: string) {
    this.#db = new BetterSqlite3(path);
  }

  write(settings: object): void {
    this.#db
      .prepare(
        "INSERT INTO settings (name, value) VALUES ('settings', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      )
      .run(JSON.stringify(settings));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

describe('doctor', () => {
  test('finds a new folder in order, and a core that runs; says what it means and changes nothing', async () => {
    await using terminal = new Terminal();
    chmodSync(terminal.home, 0o700);
    const before = await terminal.run('doctor', '--json');
    const names = (JSON.parse(before.out) as Checked).checks.map(({ name }) => name);
    expect(names).toEqual([
      'core',
      'runner',
      'subreaper',
      'systemd scope',
      'cgroup v2',
      'gpu driver',
      'slurm',
      'database',
      'disk space',
      'data folder',
      'clock',
    ]);
    expect((JSON.parse(before.out) as Checked).checks.filter(({ level }) => level === 'wrong')).toEqual([]);
    expect(before.code).toBe(0);
    await terminal.serve();
    const during = await terminal.run('doctor');
    expect(during).toMatchObject({ code: 0, out: expect.stringContaining('a core without a window runs as process') });
    expect(during.out).toContain('is whole');
  });

  test('says with exit code 1 what is wrong: a damaged database, an open folder, a readable token, a clock gone back', async () => {
    await using terminal = new Terminal();
    const { child } = await terminal.serve();
    await terminal.run('submit', '--', 'true');
    child.kill('SIGTERM');
    await ended(child);
    const path = join(terminal.home, 'queue.sqlite');
    const bytes = readFileSync(path);
    expect(await terminal.run('doctor'), 'a core that has ended').toMatchObject({ code: 0 });
    expect(readFileSync(path).equals(bytes), 'looking leaves the file as it was').toBe(true);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(path, bytes);
    expect(await terminal.run('doctor')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/WRONG database: .*damaged/),
    });
    chmodSync(terminal.home, 0o777);
    expect((await terminal.run('doctor')).out).toMatch(/WRONG data folder: others can write[^]*→ chmod 700/);
    spawnSync('touch', ['-d', '2099-01-01', path]);
    expect((await terminal.run('doctor')).out).toContain('WRONG clock');
    writeFileSync(join(terminal.home, 'api.json'), '{}', { mode: 0o644 });
    expect((await terminal.run('doctor')).out).toContain('chmod 600');
  });
});

test('submit --serve starts a core that outlives the terminal, once for two terminals', async () => {
  await using terminal = new Terminal();
  const both = await Promise.all([
    terminal.run('submit', '--serve', '--json', '--', 'true'),
    terminal.run('submit', '--serve', '--json', '--', 'true'),
  ]);
  expect(both.map(({ code, err }) => ({ code, err }))).toEqual([
    { code: 0, err: '' },
    { code: 0, err: '' },
  ]);
  const ids = both.map(({ out }) => (JSON.parse(out) as { job_id: string }).job_id);
  expect(ids.sort()).toEqual(['1', '2']);
  expect(await terminal.run('wait', '1-2')).toMatchObject({ code: 0 });
  const core = required(readStat(required(readDiscovery(terminal.home), 'a core runs').pid), 'it is alive');
  signalIdentity(core, 'SIGTERM');
  // Not the discovery file: it goes first, while the core still writes into the folder that is taken away next.
  await untilGone([core]);
  expect(readDiscovery(terminal.home)).toBeNull();
});

test('doctor asks the nvidia-smi that the settings name', async () => {
  await using terminal = new Terminal();
  const { child } = await terminal.serve();
  child.kill('SIGTERM');
  await ended(child);
  using db = new SettingsFile(join(terminal.home, 'queue.sqlite'));
  db.write({ nvidiaSmiPath: '/nowhere/nvidia-smi' });
  expect((await terminal.run('doctor')).out).toContain('There is no nvidia-smi at /nowhere/nvidia-smi');
});

test('open says how where it cannot, and completion completes every command', async () => {
  await using terminal = new Terminal();
  const withoutDisplay = terminal.start(['open', '--json'], { DISPLAY: '', WAYLAND_DISPLAY: '' });
  expect(await ended(withoutDisplay)).toMatchObject({
    code: 5,
    out: expect.stringMatching(/"opened":false,"message":"(There is no display here|No Electron runtime)/),
  });
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const { code, out } = await terminal.run('completion', shell);
    expect(code).toBe(0);
    for (const name of ['submit', 'cancel', 'doctor', 'completion']) expect(out).toContain(name);
    const checked = spawnSync(shell, ['-n'], { input: out, encoding: 'utf8' });
    // Not every machine has all three.
    if (checked.error === undefined) expect(checked.stderr).toBe('');
  }
  const { out } = await terminal.run('completion', 'bash');
  const asked = `${out}\nCOMP_WORDS=(trainyard submit --gr); COMP_CWORD=2; _trainyard; echo "\${COMPREPLY[@]}"`;
  expect(spawnSync('bash', ['-c', asked], { encoding: 'utf8' }).stdout).toBe('--grace\n');
  expect(await terminal.run('completion', 'tcsh')).toMatchObject({ code: 2 });
});

test('every command has help, and --json where it answers', async () => {
  await using terminal = new Terminal();
  const { out } = await terminal.run('--help');
  const names = [...out.matchAll(/^ {2}([a-z]+) .*(?:\[options\]|<)/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const help = await terminal.run(name, '--help');
    expect(help.code, name).toBe(0);
    if (name !== 'completion' && name !== 'help') expect(help.out, name).toContain('--json');
  }
});

test('submit loads neither the core nor its libraries: it must answer at once', async () => {
  await using terminal = new Terminal();
  await terminal.serve();
  const record = `import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve(name, context, next) { const found = next(name, context); seen.push(found.url); return found; } });
    process.on('exit', () => process.stderr.write(seen.join('\\n')));`;
  const child = terminal.start(['submit', '--', 'true'], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(record)}`,
  });
  const { code, err } = await ended(child);
  expect(code).toBe(0);
  const loaded = err.split('\n').filter((url) => url !== '');
  expect(
    loaded.some((url) => url.includes('/commander/')),
    'it is recorded',
  ).toBe(true);
  expect(
    loaded.filter((url) => /\/(zod|hono|better-sqlite3|@hono)\/|createCore|headless|^node:http/.test(url)),
  ).toEqual([]);
});
