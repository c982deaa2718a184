import type { IncomingMessage } from 'node:http';
import { readDiscovery } from '../core/api/http/discovery.ts';
import type { Discovery } from '../core/api/http/discovery.ts';
import { plainRequest } from './plainRequest.ts';

/** What the core answered: its status and its JSON. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** No core runs on the data folder; the message says how to start one. */
export class NoCoreError extends Error {
  constructor(dataFolder: string, cause?: unknown) {
    super(`No Trainyard runs on ${dataFolder}. Start the app, or a core without a window: trainyard serve`, { cause });
    this.name = 'NoCoreError';
  }
}

/** Asks the core that runs on a data folder. */
export interface Client {
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
  /** An answer that goes on: its status and its text as it comes. Ends when the core ends it or goes away. */
  stream(path: string): Promise<{ readonly status: number; readonly text: AsyncIterable<string> }>;
}

/** Finds the core by the folder's discovery file. Throws {@link NoCoreError} when there is none or it does not answer. */
export function connect(dataFolder: string): Client {
  const found = readDiscovery(dataFolder);
  if (found === null) throw new NoCoreError(dataFolder);
  // The file of a core that was killed is left behind.
  const gone = (error: unknown): never => {
    throw new NoCoreError(dataFolder, error);
  };
  return {
    async request(method, path, body) {
      const { status, text } = await plainRequest(found, method, path, body).catch(gone);
      return { status, body: JSON.parse(text) as Record<string, unknown> };
    },
    async stream(path) {
      const response = await responseTo(found, path).catch(gone);
      response.setEncoding('utf8');
      return { status: response.statusCode ?? 0, text: response as AsyncIterable<string> };
    },
  };
}

/** Taken in this way, `node:http` costs 9 ms; an `import` of it reads every export, and one of them loads all of `fetch`: 90 ms. */
function responseTo({ port, token }: Discovery, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { get } = process.getBuiltinModule('node:http');
    const headers = { authorization: `Bearer ${token}`, 'x-trainyard-client': 'cli' };
    get({ host: '127.0.0.1', port, path, agent: false, headers }, resolve).once('error', reject);
  });
}
