import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { required } from '../../src/shared/result.ts';
import type { Envelope, RouteInput, RouteName, RouteOutput } from '../../src/shared/contract.ts';
import type { HostRequest, HostUsage } from './coreHost.ts';

/** A headless core in a process of its own, and one HTTP connection to it. */
export class ServedCore implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #waiting = new Map<number, (data: unknown) => void>();
  readonly #token: string;
  readonly #port: number;
  /** Milliseconds from the start of the process until it served. */
  readonly startMs: number;
  #id = 0;

  private constructor(
    child: ChildProcess,
    served: { readonly port: number; readonly token: string; readonly startMs: number },
  ) {
    this.#child = child;
    this.#port = served.port;
    this.#token = served.token;
    this.startMs = served.startMs;
    child.on('message', ({ id, data }: { readonly id: number; readonly data: unknown }) => {
      this.#waiting.get(id)?.(data);
      this.#waiting.delete(id);
    });
  }

  /** Starts a core on a data folder; resolves when it serves. */
  static async open(dataFolder: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<ServedCore> {
    const from = performance.now();
    const child = fork(join(import.meta.dirname, 'coreHost.ts'), [dataFolder], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the core ended with ${code} before it served`)));
      child.once('error', reject);
    });
    const startMs = performance.now() - from;
    const { port, token } = required(readDiscovery(dataFolder), 'a core that serves says where');
    return new ServedCore(child, { port, token, startMs });
  }

  get pid(): number {
    return required(this.#child.pid, 'it was started');
  }

  /** Asks the host for something no client could know. */
  #host(asked: HostRequest): Promise<unknown> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, request: asked }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** Asks a route without HTTP; throws with the words of a refusal. */
  async ask<N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>> {
    const answer = (await this.#host({ kind: 'ask', route, input })) as Envelope<RouteOutput<N>>;
    if (!answer.ok) throw new Error(`${route}: ${answer.error.message}`);
    return answer.data;
  }

  /** Milliseconds that a route takes inside the core, from the call to its answer. */
  async timed<N extends RouteName>(route: N, input: RouteInput<N>): Promise<number> {
    const { ms, ok } = (await this.#host({ kind: 'timed', route, input })) as {
      readonly ms: number;
      readonly ok: boolean;
    };
    if (!ok) throw new Error(`${route} was refused`);
    return ms;
  }

  /** Begins to watch the event loop; the returned function ends that with the longest block, ms. */
  async watchLoop(): Promise<() => Promise<number>> {
    await this.#host({ kind: 'watch-loop' });
    return async () => (await this.#host({ kind: 'longest-block' })) as number;
  }

  async usage(): Promise<HostUsage> {
    return (await this.#host({ kind: 'usage' })) as HostUsage;
  }

  async setPace(pace: 'idle' | 'watched'): Promise<void> {
    await this.#host({ kind: 'pace', pace });
  }

  /** One request on the one connection; throws when it is refused. */
  http(method: 'GET' | 'POST', path: string, body?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
      const options = {
        host: '127.0.0.1',
        port: this.#port,
        agent: this.#agent,
        method,
        path: `/api/training${path}`,
        headers,
      };
      request(options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          if ((response.statusCode ?? 500) < 400) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      })
        .on('error', reject)
        .end(body);
    });
  }

  /** Submits over HTTP and answers the number. */
  async submit(fields: Readonly<Record<string, unknown>>): Promise<number> {
    const { job_id: id } = JSON.parse(await this.http('POST', '/jobs', JSON.stringify(fields))) as {
      readonly job_id: string;
    };
    return Number(id);
  }

  /** Ends the core and leaves the queue as it is; nothing may run. */
  async leave(): Promise<void> {
    if (!this.#child.connected) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#agent.destroy();
    await this.#host({ kind: 'close' });
    await ended;
  }

  /** Cancels everything, and ends the core. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) {
      await this.ask('jobs.cancelMany', { jobs: 'all', force: true });
      const { jobs } = await this.ask('jobs.list', { status: ['pending', 'running'], limit: 1000 });
      for (const { id } of jobs) await this.ask('jobs.await', { jobId: id, waitMs: 30_000 });
      await this.leave();
    }
  }
}
