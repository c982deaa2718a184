import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

// Trainings are short here, but a busy machine may be ten times slower.
vi.setConfig({ testTimeout: 60_000 });

const samples = fileURLToPath(new URL('../../resources/samples', import.meta.url));
const digits = join(samples, 'digits.mjs');
const charlm = join(samples, 'charlm.mjs');
const torch = join(samples, 'digits_torch.py');
const pythonRuns = spawnSync('python3', ['-c', '']).status === 0;
const torchRuns = pythonRuns && spawnSync('python3', ['-c', 'import torch']).status === 0;

interface Trainer {
  readonly process: ChildProcess;
  /** Everything printed so far, standard error included. */
  readonly output: () => string;
  /** Resolves at the first output that matches; rejects when the trainer ends without. */
  readonly printed: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** Resolves to the exit code, or to the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

let folder: string;
let started: Trainer[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-samples-'));
  started = [];
});

afterEach(async () => {
  for (const trainer of started) trainer.process.kill('SIGKILL');
  await Promise.all(started.map((trainer) => trainer.ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(executable: string, ...args: readonly string[]): Trainer {
  const child = spawn(executable, args, {
    cwd: folder,
    env: { ...process.env, TRAINYARD_JOB_DIR: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let over = false;
  let look = (): void => {};
  const onText = (text: Buffer): void => {
    output += text.toString();
    look();
  };
  child.stdout.on('data', onText);
  child.stderr.on('data', onText);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      over = true;
      look();
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      look = () => {
        const found = output.match(pattern);
        if (found !== null) resolve(found);
        else if (over) reject(new Error(`ended without printing ${String(pattern)}:\n${output}`));
      };
      look();
    });
  const trainer = { process: child, output: () => output, printed, ended };
  started.push(trainer);
  return trainer;
}

function node(script: string, ...options: readonly string[]): Trainer {
  return start(process.execPath, script, '--out', folder, ...options);
}

/** Runs a trainer to its end and returns what it printed. */
async function finish(trainer: Trainer): Promise<string> {
  const code = await trainer.ended;
  expect(code, trainer.output()).toBe(0);
  return trainer.output();
}

function first(text: string, pattern: RegExp): string {
  const found = text.match(pattern)?.[1];
  if (found === undefined) throw new Error(`${String(pattern)} is not in:\n${text}`);
  return found;
}

const fingerprint = (output: string): string => first(output, /finished: .*weights (\w+)/);
const checkpoint = (name = 'digits'): string => join(folder, `${name}.checkpoint.json`);

describe('digits.mjs', () => {
  test('learns: over 90 % of digits it has never seen, after a few epochs', async () => {
    const output = await finish(node(digits, '--epochs', '5', '--pace-ms', '0'));
    expect(Number(first(output, /finished: test_acc ([\d.]+)/))).toBeGreaterThan(0.9);
    expect(output).toMatch(/^epoch 1\/5 step 1\/225 loss \d+\.\d{4} acc \d\.\d{3} lr 0\.01$/m);
  });

  test('gives the same weights for the same seed, and others for another', async () => {
    const run = (seed: string): Promise<string> =>
      finish(node(digits, '--steps', '40', '--pace-ms', '0', '--fresh', '--seed', seed));
    const one = fingerprint(await run('7'));
    expect(fingerprint(await run('7'))).toBe(one);
    expect(fingerprint(await run('8'))).not.toBe(one);
  });

  test('prints ten lines per second at most, however fast the steps are', async () => {
    const begin = performance.now();
    const output = await finish(node(digits, '--epochs', '20', '--pace-ms', '0'));
    const seconds = (performance.now() - begin) / 1000;
    expect(output.match(/^epoch /gm)?.length).toBeLessThanOrEqual(10 * seconds + 2);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: saves a checkpoint, exits 0, and goes on from it exactly',
    async (signal) => {
      const length = ['--epochs', '3', '--seed', '3'];
      const whole = fingerprint(await finish(node(digits, ...length, '--pace-ms', '0')));

      const stopped = node(digits, ...length, '--fresh', '--pace-ms', '30');
      await stopped.printed(/step [1-9]\d\/135/);
      stopped.process.kill(signal);
      const output = await finish(stopped);
      const step = first(output, /checkpoint saved to .*digits\.checkpoint\.json at step (\d+)/);
      expect(Number(step)).toBeLessThan(135);
      expect(output).not.toContain('finished');

      const resumed = await finish(node(digits, ...length, '--pace-ms', '0', '--resume'));
      expect(resumed).toContain(`resumed from ${checkpoint()} at step ${step}`);
      expect(resumed).toContain(`step ${Number(step) + 1}/135`);
      expect(fingerprint(resumed)).toBe(whole);
    },
  );

  test('goes on exactly from the middle of an epoch, and may be given more epochs', async () => {
    const whole = fingerprint(await finish(node(digits, '--epochs', '4', '--pace-ms', '0')));
    await finish(node(digits, '--steps', '70', '--pace-ms', '0', '--fresh'));
    expect(fingerprint(await finish(node(digits, '--epochs', '4', '--pace-ms', '0')))).toBe(whole);
  });

  test('a stop does not wait for the pace', async () => {
    const stopped = node(digits, '--pace-ms', '60000');
    await stopped.printed(/step 1\//);
    stopped.process.kill('SIGTERM');
    expect(await finish(stopped)).toContain('at step 1\n');
  });

  test('a second signal ends it at once with 130', async () => {
    // The second one comes while the first is being handled: neither early nor late.
    const again = 'data:text/javascript,process.once("SIGTERM", () => process.kill(process.pid, "SIGINT"))';
    const stopped = start(process.execPath, '--import', again, digits, '--out', folder, '--pace-ms', '20');
    await stopped.printed(/step 1\//);
    stopped.process.kill('SIGTERM');
    expect(await stopped.ended).toBe(130);
    expect(existsSync(checkpoint())).toBe(false);
  });

  test('--ignore-sigterm goes on after SIGTERM and dies by SIGKILL', async () => {
    const stubborn = node(digits, '--ignore-sigterm', '--pace-ms', '20');
    await stubborn.printed(/step 1\//);
    stubborn.process.kill('SIGTERM');
    await stubborn.printed(/SIGTERM received and ignored[^]*step \d+\//);
    stubborn.process.kill('SIGKILL');
    expect(await stubborn.ended).toBe('SIGKILL');
    expect(existsSync(checkpoint())).toBe(false);
  });

  test('a checkpoint that is cut, changed or something else is refused in one line', async () => {
    await finish(node(digits, '--steps', '10', '--pace-ms', '0'));
    const whole = readFileSync(checkpoint(), 'utf8');
    const middle = Math.floor(whole.length / 2);
    const changed = whole.slice(0, middle) + (whole[middle] === 'A' ? 'B' : 'A') + whole.slice(middle + 1);
    for (const bad of ['', 'hello', '{}', 'null', whole.slice(0, middle), whole.split('\n')[0] ?? '', changed]) {
      writeFileSync(checkpoint(), bad);
      const trainer = node(digits);
      expect(await trainer.ended, bad.slice(0, 80)).toBe(1);
      expect(trainer.output()).toMatch(
        /^digits: the checkpoint .* is damaged \(.*\): delete it, or start anew with --fresh$/m,
      );
      expect(trainer.output()).not.toContain('    at ');
      expect(readFileSync(checkpoint(), 'utf8')).toBe(bad);
    }
    expect(await finish(node(digits, '--fresh', '--steps', '10', '--pace-ms', '0'))).toContain('finished');
  });

  test('a checkpoint of other settings or of another trainer is refused', async () => {
    await finish(node(digits, '--steps', '10', '--pace-ms', '0'));
    const seed = node(digits, '--seed', '2');
    expect(await seed.ended).toBe(1);
    expect(seed.output()).toContain('was made with --seed 1: give --seed 1, another --out, or --fresh');
    writeFileSync(checkpoint('charlm'), readFileSync(checkpoint()));
    const other = node(charlm);
    expect(await other.ended).toBe(1);
    expect(other.output()).toContain('belongs to "digits", not to "charlm"');
  });

  test.each([
    [['--epochs', 'many'], '--epochs must be a whole number from 1 to 1000000, not "many"'],
    [['--epochs', '0'], '--epochs must be'],
    [['--steps', '2.5'], '--steps must be'],
    [['--lr', '0'], '--lr must be a number above 0'],
    [['--lr', ''], '--lr must be'],
    [['--pace-ms=-1'], '--pace-ms must be'],
    [['--seed'], '--seed'],
    [['--bogus'], "Unknown option '--bogus'"],
    [['extra'], 'extra'],
    [['--epochs', '1', '--steps', '1'], '--epochs and --steps exclude each other'],
    [['--resume', '--fresh'], '--resume and --fresh exclude each other'],
  ])('refuses %j with exit code 2', async (options, message) => {
    const trainer = node(digits, ...options);
    expect(await trainer.ended).toBe(2);
    expect(trainer.output()).toContain(message);
    expect(trainer.output().trim().split('\n')).toHaveLength(1);
    expect(existsSync(checkpoint())).toBe(false);
  });

  test('--resume without a checkpoint, and a folder that cannot be made, are told in one line', async () => {
    const nothing = node(digits, '--resume');
    expect(await nothing.ended).toBe(1);
    expect(nothing.output()).toContain('nothing to resume');
    writeFileSync(join(folder, 'file'), '');
    const noFolder = node(digits, '--out', join(folder, 'file', 'below'));
    expect(await noFolder.ended).toBe(1);
    expect(noFolder.output()).toMatch(/^digits: cannot make the folder .*ENOTDIR/m);
  });

  test('the checkpoint goes to TRAINYARD_JOB_DIR, else to ./checkpoints', async () => {
    await finish(start(process.execPath, digits, '--steps', '1'));
    expect(existsSync(join(folder, 'checkpoints', 'digits.checkpoint.json'))).toBe(true);
    const told = start('/usr/bin/env', `TRAINYARD_JOB_DIR=${folder}`, process.execPath, digits, '--steps', '1');
    expect(await finish(told)).toContain(`checkpoint saved to ${checkpoint()} at step 1`);
  });
});

test('charlm.mjs learns, stops and resumes exactly', async () => {
  const length = ['--steps', '120', '--batch', '16'];
  const whole = await finish(node(charlm, ...length, '--pace-ms', '0'));
  expect(Number(first(whole, /finished: test_bits_per_char ([\d.]+)/))).toBeLessThan(4.2);

  const stopped = node(charlm, ...length, '--pace-ms', '50', '--fresh');
  await stopped.printed(/step [1-9]\d*\/120/);
  stopped.process.kill('SIGTERM');
  expect(await finish(stopped)).toContain('checkpoint saved to');
  expect(fingerprint(await finish(node(charlm, ...length, '--pace-ms', '0', '--resume')))).toBe(fingerprint(whole));
});

describe('digits_torch.py', () => {
  test.skipIf(!pythonRuns)('is valid Python', () => {
    const check = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', torch]);
    expect(check.stderr.toString()).toBe('');
  });

  test.skipIf(!pythonRuns || torchRuns)('says what is missing where there is no PyTorch', async () => {
    const trainer = start('python3', torch);
    expect(await trainer.ended).toBe(1);
    expect(trainer.output()).toMatch(/^digits_torch: cannot import PyTorch .*pip install torch/);
  });

  test.skipIf(!torchRuns)('learns, stops with its workers and resumes', async () => {
    const run = (...options: readonly string[]): Trainer => start('python3', torch, '--out', folder, ...options);
    const stopped = run('--epochs', '10');
    await stopped.printed(/step [1-9]\d+\/450/);
    stopped.process.kill('SIGTERM');
    const step = first(await finish(stopped), /checkpoint saved to .* at step (\d+)/);
    const resumed = await finish(run('--epochs', '10', '--pace-ms', '0', '--resume'));
    expect(resumed).toContain(`at step ${step}\n`);
    expect(Number(first(resumed, /finished: test_acc ([\d.]+)/))).toBeGreaterThan(0.9);
  });
});

describe('samples.json', () => {
  interface Sample {
    readonly id: string;
    readonly title: string;
    readonly about: string;
    readonly command: readonly string[];
    readonly needs: 'nothing' | 'python-torch';
    readonly gpus: 0 | 1;
    readonly env: Readonly<Record<string, string>>;
    readonly stop_signal: string;
    readonly grace_seconds: number;
  }
  const list = JSON.parse(readFileSync(join(samples, 'samples.json'), 'utf8')) as readonly Sample[];
  const fill = (word: string): string => word.replace('{runtime}', process.execPath).replace('{samples}', samples);

  test('ids are unique, and every field has its shape', () => {
    expect(new Set(list.map((sample) => sample.id)).size).toBe(list.length);
    for (const sample of list) {
      expect(sample).toEqual({
        id: expect.stringMatching(/^[a-z-]+$/),
        title: expect.stringMatching(/./),
        about: expect.stringMatching(/\.$/),
        command: expect.arrayContaining([expect.stringMatching(/^\{samples\}\/\w+\.(mjs|py)$/)]),
        needs: expect.stringMatching(/^(nothing|python-torch)$/),
        gpus: expect.toSatisfy((gpus: unknown) => gpus === 0 || gpus === 1),
        env: expect.any(Object),
        stop_signal: expect.stringMatching(/^SIG[A-Z]+$/),
        grace_seconds: expect.any(Number),
      });
    }
  });

  test.each(list)('$id: its files are there, and what needs nothing runs', async (sample) => {
    const command = sample.command.map(fill);
    for (const word of command.filter((part) => part.startsWith(samples))) expect(existsSync(word)).toBe(true);
    if (sample.needs !== 'nothing') return;
    const [executable, script, ...options] = command;
    if (executable === undefined || script === undefined) throw new Error('no command');
    expect(dirname(script)).toBe(samples);
    // The length is taken out, the rest runs as the app would run it.
    const kept = options.filter((word, i) => word !== '--epochs' && options[i - 1] !== '--epochs');
    const pairs = Object.entries(sample.env).map(([key, value]) => `${key}=${value}`);
    const trainer = start('/usr/bin/env', ...pairs, executable, script, ...kept, '--steps', '3');
    expect(await finish(trainer)).toContain('finished: ');
  });
});
