import { readDiscovery } from '../../../src/main/core/api/http/discovery.ts';
import type { Discovery } from '../../../src/main/core/api/http/discovery.ts';
import { serveHttp } from '../../../src/main/core/api/http/server.ts';
import type { HttpServer } from '../../../src/main/core/api/http/server.ts';
import { required } from '../../../src/shared/result.ts';
import { TestYard } from '../../helpers/core.ts';
import type { TestRunner } from '../../helpers/core.ts';

/** What a route answered. */
export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One server-sent event. */
export interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** A yard whose core is served over loopback. */
export class Door {
  readonly yard: TestYard;
  readonly server: HttpServer;
  readonly discovery: Discovery;

  private constructor(yard: TestYard, server: HttpServer) {
    this.yard = yard;
    this.server = server;
    this.discovery = required(readDiscovery(yard.core.dataFolder), 'the server has written it');
  }

  static async open({
    runner,
    ...more
  }: { readonly socket?: string; readonly runner?: TestRunner } = {}): Promise<Door> {
    const yard = new TestYard(runner);
    return new Door(yard, await serveHttp(yard.core, { port: 0, version: 'test', ...more }));
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.server.port}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${this.discovery.token}`, ...(init.headers as Record<string, string>) },
    });
  }

  /** Asks with JSON and reads JSON. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await this.fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Listens to the events until `enough` says so, then goes away. */
  async listen(
    path: string,
    enough: (told: readonly Told[]) => boolean,
    headers: Record<string, string> = {},
  ): Promise<readonly Told[]> {
    const gone = new AbortController();
    const response = await this.fetch(path, { headers, signal: gone.signal });
    const told: Told[] = [];
    for await (const next of eventsOf(response)) {
      told.push(next);
      if (enough(told)) break;
    }
    gone.abort();
    return told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.yard[Symbol.asyncDispose]();
  }
}

/** The events of a response, as they come. */
export async function* eventsOf(response: Response): AsyncGenerator<Told> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of required(response.body, 'a stream has a body')) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const frames = rest.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = new Map(
        frame.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
      );
      const data = fields.get('data');
      if (data === undefined) continue;
      const { event = '', id = '' } = Object.fromEntries(fields) as Record<string, string>;
      yield { event, id, data: JSON.parse(data) as Record<string, unknown> };
    }
  }
}
