import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../helpers/core.ts';

const CLI = join(ROOT, 'src/main/cli.ts');

/** How a command ended and what it printed. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A data folder and the commands that are given on it. */
export class Terminal {
  readonly home = mkdtempSync(join(tmpdir(), 'trainyard-cli-'));
  readonly #serving: ChildProcess[] = [];

  /** Starts a command and leaves it running. */
  start(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(process.execPath, [CLI, ...argv], {
      env: { ...process.env, TRAINYARD_HOME: this.home, TRAINYARD_CACHE: join(this.home, 'cache'), ...env },
      cwd: this.home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return child;
  }

  /** Runs a command to its end. */
  async run(...argv: readonly string[]): Promise<Run> {
    return ended(this.start(argv));
  }

  /** Serves the folder; resolves with the first line it printed. */
  async serve(...argv: readonly string[]): Promise<{ readonly child: ChildProcess; readonly line: string }> {
    const child = this.start(['serve', ...argv]);
    this.#serving.push(child);
    let err = '';
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      child.once('exit', (code) => reject(new Error(`serve ended with ${String(code)}: ${err}`)));
    });
    return { child, line };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#serving) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Collects what a command prints until it ends. */
export async function ended(child: ChildProcess): Promise<Run> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
