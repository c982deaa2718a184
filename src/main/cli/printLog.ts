import type { Answer, Client } from './client.ts';

/** How long one request of a follower waits for more. */
const WAIT_MS = 20_000;

/** Prints a log, to its end so far or until the run has ended; as JSON, a line for each part. Answers the refusal of the core, or null. */
export async function printLog(
  client: Client,
  id: number,
  options: { readonly follow: boolean; readonly bytes: number | null; readonly json: boolean },
): Promise<Answer | null> {
  let offset = options.bytes === null ? 0 : -options.bytes;
  for (;;) {
    const query = new URLSearchParams({
      offset: String(offset),
      limit: String(1024 * 1024),
      wait_ms: String(options.follow ? WAIT_MS : 0),
    });
    const answer = await client.request('GET', `/api/training/jobs/${id}/log?${query}`);
    if (answer.status !== 200) return answer;
    const { text, next_offset: next, size, complete, removed } = answer.body;
    if (typeof text !== 'string' || typeof next !== 'number') return answer;
    // A pipe that is full says so; waiting keeps a large log out of this program's memory.
    const shown = options.json ? `${JSON.stringify(answer.body)}\n` : text;
    if (typeof removed === 'string') {
      if (options.json) process.stdout.write(shown);
      else process.stderr.write(`trainyard: ${removed}\n`);
    }
    if (text !== '' && !process.stdout.write(shown))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
    offset = next;
    if (complete === true || (!options.follow && next === size)) return null;
  }
}
