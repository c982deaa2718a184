import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A job as the HTTP page describes it, as far as this test reads it. */
export interface WireJob {
  readonly job_id: string;
  readonly status: string;
  readonly sentence: string;
  readonly exit_code: number | null;
  readonly stop: { readonly stage: string } | null;
  readonly history: readonly { readonly at: number; readonly kind: string }[];
  readonly receipt: {
    readonly verdict: string;
    readonly requested_at: number;
    readonly finished_at: number;
    readonly survivors: number;
    readonly steps: readonly { readonly rung: string; readonly at: number }[];
    readonly proofs: readonly string[];
    readonly memory: readonly {
      readonly gpu: string;
      readonly before_mib: number | null;
      readonly after_mib: number | null;
    }[];
  } | null;
}

/** A process of the GPU list. */
export interface WireGpuProcess {
  readonly pid: number | null;
  readonly job_id: number | null;
  readonly memory_used_mib: number | null;
}

/** `trainyard serve` in a folder of its own; disposing ends it with everything it runs. */
export class Served {
  readonly home = mkdtempSync(join(tmpdir(), 'trainyard-gpu-'));
  readonly #process: ChildProcess;

  private constructor() {
    const source = join(ROOT, 'src/main/cli.ts');
    const built = join(ROOT, 'out/main/cli.js');
    // Node 22.18 and later run TypeScript as it is.
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const runsTypeScript = major > 22 || (major === 22 && minor >= 18);
    const cli = runsTypeScript && existsSync(source) ? source : built;
    this.#process = spawn(process.execPath, [cli, 'serve'], {
      env: { ...process.env, TRAINYARD_HOME: this.home },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** Starts it; resolves when it answers. */
  static async start(): Promise<Served> {
    const served = new Served();
    await served.until('trainyard serve', () => Promise.resolve(readDiscovery(served.home) === null ? null : true));
    return served;
  }

  /** Asks over HTTP; throws when it is refused. */
  async ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const found = readDiscovery(this.home);
    if (found === null) throw new Error('trainyard serve has ended');
    const response = await fetch(`http://127.0.0.1:${found.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${found.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The job now. */
  job(id: string): Promise<WireJob> {
    return this.ask('GET', `/api/training/jobs/${id}`);
  }

  /** The whole log of a job. */
  async log(id: string): Promise<string> {
    return (await this.ask<{ readonly text: string }>('GET', `/api/training/jobs/${id}/log?limit=1048576`)).text;
  }

  /** What the GPUs' processes are, and whose. */
  async gpuProcesses(): Promise<readonly WireGpuProcess[]> {
    return (await this.ask<{ readonly processes: readonly WireGpuProcess[] }>('GET', '/api/training/gpus')).processes;
  }

  /** Resolves with what `look` finds, asked again until it finds something. */
  async until<T>(what: string, look: () => Promise<T | null>, limitMs = 120_000): Promise<T> {
    const giveUpAt = performance.now() + limitMs;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (this.#process.exitCode !== null) throw new Error(`trainyard serve ended with ${this.#process.exitCode}`);
      if (performance.now() > giveUpAt) throw new Error(`waited ${limitMs} ms for ${what}`);
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      await this.ask('POST', '/api/training/cancel', { jobs: 'all', force: true }).catch(() => undefined);
      await this.until(
        'the last run to end',
        async () => {
          const { jobs } = await this.ask<{ readonly jobs: readonly WireJob[] }>(
            'GET',
            '/api/training/jobs?status=pending,running',
          );
          return jobs.length === 0 ? true : null;
        },
        90_000,
      ).catch(() => undefined);
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}
