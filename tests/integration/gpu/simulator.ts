import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The simulator's executable. Put its folder on PATH, or give it as the path of the settings. */
export const SIMULATOR = path.resolve(import.meta.dirname, '../../fixtures/nvidia-smi');

/** A scenario as tests/fixtures/simulator/scenario.mjs describes it. */
export type Scenario = Readonly<Record<string, unknown>>;

/** One start of the simulator. */
export interface Call {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly locale: string | null;
  readonly folder: string;
}

/** A simulated machine with its scenario in a folder of its own. */
export interface Simulator {
  readonly command: string;
  readonly folder: string;
  /** Environment for what shall see this machine. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Changes the machine while simulators run. */
  readonly set: (scenario: Scenario) => void;
  /** Runs one query to its end. */
  readonly run: (...args: readonly string[]) => Promise<{ readonly code: number | null; readonly stdout: string }>;
  /** Every start so far. */
  readonly calls: () => readonly Call[];
  /** Process ids of the starts that still run. */
  readonly living: () => readonly number[];
  readonly remove: () => void;
}

/** Makes a simulated machine. */
export function createSimulator(scenario: Scenario): Simulator {
  const folder = mkdtempSync(path.join(tmpdir(), 'trainyard-sim-'));
  const file = path.join(folder, 'scenario.json');
  const set = (next: Scenario): void => {
    writeFileSync(`${file}.new`, JSON.stringify(next));
    renameSync(`${file}.new`, file);
  };
  set(scenario);
  const env = { ...process.env, TRAINYARD_SIM_SCENARIO: file };
  const calls = (): readonly Call[] => {
    const text = existsSync(`${file}.calls`) ? readFileSync(`${file}.calls`, 'utf8') : '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Call);
  };
  return {
    command: SIMULATOR,
    calls,
    living: () =>
      calls()
        .map((call) => call.pid)
        .filter(isAlive),
    folder,
    env,
    set,
    run: (...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(SIMULATOR, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
        let stdout = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          stdout += text;
        });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, stdout }));
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A process of a run that holds simulated memory until it is killed; resolves when it runs its program. */
export async function startTrainer(
  env: Readonly<Record<string, string>>,
  script = '',
): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up'); setInterval(() => {}, 1000)`], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.stdout.once('data', () => resolve());
  });
  if (child.pid === undefined) throw new Error('the trainer did not start');
  return child as ChildProcess & { readonly pid: number };
}

/** Kills a process and waits until it is reaped. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Resolves as soon as `condition` holds; rejects after `ms` with what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const giveUpAt = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${ms} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process runs: zombies do not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
