import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/core.ts';
import { until } from '../helpers/process.ts';
import { KEEP_COMPILED } from './runners.ts';
import type { TestRunner } from './runners.ts';

/** A job as the API tells it. */
export interface Told {
  readonly status: string;
  readonly exit_code: number | null;
  readonly receipt: { readonly survivors: number } | null;
}

/** The app without its window, as a process of its own that can be killed. */
export class App {
  readonly #process: ChildProcess;
  readonly #address: string;
  readonly #token: string;

  private constructor(child: ChildProcess, home: string) {
    this.#process = child;
    const { port, token } = JSON.parse(readFileSync(join(home, 'api.json'), 'utf8')) as { port: number; token: string };
    this.#address = `http://127.0.0.1:${port}/api/training`;
    this.#token = token;
  }

  /** Starts it on a data folder and waits until it serves. */
  static async start(home: string, runner: TestRunner): Promise<App> {
    const command =
      runner === 'native' ? [join(ROOT, 'src/main/cli.ts'), 'serve'] : [join(ROOT, 'tests/hazards/servePortable.ts')];
    const child = spawn(process.execPath, command, {
      env: { ...process.env, ...KEEP_COMPILED, TRAINYARD_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    const ended = once(child, 'exit').then(() => 'exit' as const);
    const served = once(child.stdout, 'data').then(() => 'served' as const);
    if ((await Promise.race([ended, served])) === 'exit') throw new Error(`the app did not start: ${complaints}`);
    return new App(child, home);
  }

  async submit(command: readonly string[], cwd: string, graceMs: number): Promise<void> {
    await this.#ask('POST', '/jobs', { command, cwd, grace_seconds: graceMs / 1000 });
  }

  async cancel(force = false): Promise<void> {
    await this.#ask('POST', `/cancel/1?wait=0&force=${force ? 1 : 0}`);
  }

  async job(): Promise<Told> {
    return (await this.#ask('GET', '/jobs/1')) as Told;
  }

  /** Resolves when job 1 has one of these statuses. */
  async untilStatus(...statuses: readonly string[]): Promise<Told> {
    const limit = Date.now() + 30_000;
    for (;;) {
      const job = await this.job();
      if (statuses.includes(job.status)) return job;
      if (Date.now() > limit) throw new Error(`the job is ${job.status}, not ${statuses.join(' or ')}`);
      // The log's end is the API's event: it answers when the run has ended or a moment has passed.
      await this.#ask('GET', '/jobs/1/log?offset=0&limit=1&wait_ms=50');
    }
  }

  /** SIGKILL; its runs go on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it as quitting does. */
  async quit(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill(signal);
    await until('the app to be gone', () => this.#process.exitCode !== null || this.#process.signalCode !== null);
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#address}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }
}
