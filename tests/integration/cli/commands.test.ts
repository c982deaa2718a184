import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../helpers/core.ts';

const CLI = join(ROOT, 'src/main/cli.ts');
const home = mkdtempSync(join(tmpdir(), 'trainyard-cli-'));
let serving: ChildProcess;

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function trainyard(...argv: string[]): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...argv], {
    env: { ...process.env, TRAINYARD_HOME: home },
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

beforeAll(async () => {
  expect(await trainyard('list'), 'before a core runs').toMatchObject({
    code: 3,
    out: '',
    err: expect.stringContaining('trainyard serve'),
  });
  serving = spawn(process.execPath, [CLI, 'serve'], {
    env: { ...process.env, TRAINYARD_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (serving.stdout !== null) await once(serving.stdout, 'data');
});

afterAll(async () => {
  serving.kill('SIGTERM');
  const [code] = (await once(serving, 'exit')) as [number | null];
  expect(code, 'serve ends by itself on SIGTERM').toBe(0);
  rmSync(home, { recursive: true, force: true });
});

test('a run goes through the terminal: submit, list, logs, cancel', async () => {
  expect(await trainyard('submit', '--name', 'first', '--', 'sh', '-c', 'echo hello; exec sleep 600')).toMatchObject({
    code: 0,
    out: '#1 queued\n',
  });
  expect(await trainyard('submit', '--json', '--env', 'A=b=c', '--', 'sh', '-c', 'echo "$A"')).toMatchObject({
    code: 0,
  });
  const listed = JSON.parse((await trainyard('list', '--json')).out) as { jobs: { job_id: string; status: string }[] };
  expect(listed.jobs.map(({ job_id: id }) => id)).toEqual(['2', '1']);
  expect(listed.jobs[0]?.status).toBe('queued');
  expect((await trainyard('list')).out).toContain('#1  running');
  expect(await trainyard('cancel', '1', '--json')).toMatchObject({
    code: 0,
    out: '{"success":true,"job_id":"1","previous_status":"running","message":"Job cancelled successfully"}\n',
  });
  expect(await trainyard('logs', '1')).toMatchObject({ code: 0, out: 'hello\n' });
  // Following ends with the run: the second job started by itself when the first was gone.
  expect(await trainyard('logs', '-f', '2')).toMatchObject({ code: 0, out: 'b=c\n' });
});

test('a secret is taken from the terminal’s own variables, reaches the run, and is shown as hidden', async () => {
  const command = ['--', 'sh', '-c', '[ "$SITE" = hunter2 ] && [ "$PIN" = 1=2 ]'];
  const words = ['submit', '--json', '--secret-env', 'SITE', '--secret-env', 'PIN=1=2', '--env', 'SEED=7', ...command];
  expect(await trainyard(...words), 'there is no such variable').toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('There is no variable of that name here'),
  });
  process.env['SITE'] = 'hunter2';
  const { out } = await trainyard(...words).finally(() => delete process.env['SITE']);
  const { job_id: id } = JSON.parse(out) as { job_id: string };
  expect(await trainyard('wait', id)).toMatchObject({ code: 0 });
  const shown = await trainyard('show', id);
  expect(shown.out).toMatch(/env +SITE=\(hidden\)/);
  expect(shown.out).toMatch(/env +PIN=\(hidden\)/);
  expect(shown.out).toMatch(/env +SEED=7/);
  expect((await trainyard('show', id, '--json')).out).not.toContain('1=2"');
  expect((await trainyard('completion', 'bash')).out).toContain('--secret-env');
  // A refusal says what is wrong with the name and never repeats the value.
  const refused = await trainyard('submit', '--secret-env', 'MY PIN=hunter2', '--', 'true');
  expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringContaining('MY PIN') });
  expect(refused.err).not.toContain('hunter2');
});

test('exit codes tell scripts what happened', async () => {
  expect(await trainyard('cancel', '4711')).toMatchObject({ code: 4, err: 'trainyard: There is no job #4711.\n' });
  expect(await trainyard('cancel', 'x')).toMatchObject({ code: 2 });
  expect(await trainyard('submit', '--cwd', '/no/such/folder', '--', 'true')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no folder /no/such/folder'),
  });
  expect(await trainyard('submit')).toMatchObject({ code: 2 });
  expect(await trainyard('nonsense')).toMatchObject({ code: 2 });
  expect(await trainyard('--help')).toMatchObject({ code: 0, out: expect.stringContaining('TRAINYARD_HOME') });
});

test('hold, move, wait, requeue, receipt and a range of ids', async () => {
  await trainyard('pause');
  const ids: string[] = [];
  for (const code of ['0', '7', '0']) {
    const { out } = await trainyard('submit', '--json', '--', 'sh', '-c', `exit ${code}`);
    ids.push((JSON.parse(out) as { job_id: string }).job_id);
  }
  const [first = '', second = '', third = ''] = ids;
  expect(await trainyard('hold', first)).toMatchObject({ code: 0 });
  expect((await trainyard('list')).out).toMatch(new RegExp(`#${first} +held`));
  expect(await trainyard('move', third, '--first')).toMatchObject({ code: 0 });
  expect(await trainyard('move', third)).toMatchObject({ code: 2 });
  await trainyard('run');
  expect(await trainyard('wait', second)).toMatchObject({ code: 7, out: `#${second}: failed, exit 7\n` });
  expect(await trainyard('cancel', `${first}-${second}`)).toMatchObject({
    code: 5,
    out: `#${first}: Job cancelled successfully\n#${second}: Job already finished\n`,
  });
  expect((await trainyard('receipt', first)).out).toContain('cancelled before it started');
  expect(await trainyard('receipt', second)).toMatchObject({ code: 4 });
  expect(await trainyard('requeue', third)).toMatchObject({ code: 0 });
  expect(await trainyard('wait', third)).toMatchObject({ code: 0 });
  expect((await trainyard('show', third)).out).toContain('queued again');
  expect(await trainyard('cancel')).toMatchObject({ code: 2 });
  expect(await trainyard('cancel', '--queued')).toMatchObject({ code: 0, out: 'Nothing to cancel.\n' });
});

test('gpus --parse prints what the parser makes of a saved output, and asks no core', async () => {
  const saved = join(ROOT, 'tests/fixtures/nvidia-smi-samples');
  const [file] = readdirSync(saved).filter((name) => name.endsWith('.csv'));
  const parsed = await trainyard('gpus', '--parse', join(saved, file ?? ''));
  expect(parsed.code).toBe(0);
  expect(JSON.parse(parsed.out)).toHaveProperty('kind');
  expect(await trainyard('gpus', '--parse', '/no/such/file')).toMatchObject({
    code: 1,
    err: expect.stringContaining('cannot be read'),
  });
});
