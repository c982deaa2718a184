import { readDiscovery } from '../../core/api/http/discovery.ts';
import { connect, NoCoreError } from '../client.ts';
import type { Finding } from './finding.ts';
import { note, ok, wrong } from './finding.ts';

const NAME = 'core';
/** A core that is alive answers this within milliseconds. */
const ANSWER_LIMIT_MS = 3_000;

/** Whether a core runs on the folder and answers. */
export async function runningCore(dataFolder: string): Promise<Finding> {
  const found = readDiscovery(dataFolder);
  const start = 'Start the app, or a core without a window: trainyard serve';
  if (found === null) return note(NAME, 'none runs on this folder; nothing is started until one does.', start);
  try {
    const answer = await Promise.race([connect(dataFolder).request('GET', '/api/health'), limit()]);
    if (answer === null)
      return wrong(
        NAME,
        `process ${found.pid} does not answer.`,
        'Look at its log, and end it if it hangs: runs go on.',
      );
    const { status, body } = answer;
    if (status === 200 && body['pid'] === found.pid) {
      const kind = body['window'] === true ? 'the app' : 'a core without a window';
      return ok(NAME, `${kind} runs as process ${found.pid}, version ${found.version}, on 127.0.0.1:${found.port}.`);
    }
    return wrong(NAME, `something else answers on port ${found.port}.`, start);
  } catch (error) {
    if (!(error instanceof NoCoreError)) throw error;
    return note(NAME, 'the last one ended without taking its leave; its runs went on.', start);
  }
}

function limit(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ANSWER_LIMIT_MS).unref());
}
