import { readDiscovery } from '../core/api/http/discovery.ts';

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
}

/** Finds the core by the folder's discovery file. Throws {@link NoCoreError} when there is none or it does not answer. */
export function connect(dataFolder: string): Client {
  const found = readDiscovery(dataFolder);
  if (found === null) throw new NoCoreError(dataFolder);
  return {
    async request(method, path, body) {
      let response: Response;
      try {
        response = await fetch(`http://127.0.0.1:${found.port}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${found.token}`,
            'content-type': 'application/json',
            'x-trainyard-client': 'cli',
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (error) {
        // The file of a core that was killed is left behind.
        throw new NoCoreError(dataFolder, error);
      }
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
}
