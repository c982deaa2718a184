import { execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath, installPackages } from '../setup/systemPackages.mjs';

/** A task-spooler server of its own, with one slot. */
export class TaskSpooler implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.#env = { ...process.env, TS_SOCKET: join(folder, 'tsp.socket'), TMPDIR: folder };
  }

  /** Starts one in a folder; null where tsp is not installed and cannot be. */
  static async open(parent: string): Promise<TaskSpooler | null> {
    if (!isOnPath('tsp')) await installPackages(['task-spooler']);
    if (!isOnPath('tsp')) return null;
    const folder = join(parent, 'tsp');
    mkdirSync(folder, { recursive: true });
    const server = new TaskSpooler(folder);
    await server.ask('-S', '1');
    return server;
  }

  /** Runs tsp to its end and answers its output: a job's number for a command. */
  ask(...words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('tsp', words, { env: this.#env }, (error, output) => {
        if (error === null) resolve(output.trim());
        else reject(new Error(`tsp ${words.join(' ')}: ${error.message}`));
      });
    });
  }

  /** Submits one command after the other from one shell, as a person's loop does; milliseconds in all. */
  submitInLoop(times: number, command: string): Promise<number> {
    const loop = `i=0; while [ $i -lt ${times} ]; do tsp ${command} >/dev/null; i=$((i+1)); done`;
    const from = performance.now();
    return new Promise((resolve, reject) => {
      const shell = spawn('/bin/sh', ['-c', loop], { env: this.#env, stdio: 'ignore' });
      shell.once('error', reject);
      shell.once('exit', () => resolve(performance.now() - from));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask('-C').catch(() => '');
    await this.ask('-k').catch(() => '');
    await this.ask('-K').catch(() => '');
  }
}
