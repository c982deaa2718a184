import type { Command } from 'commander';
import type { Answer } from '../client.ts';
import { EXIT } from '../exitCodes.ts';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION, wholeNumber } from '../session.ts';

interface EventsOptions extends JsonOptions {
  readonly since?: number;
}

/** `trainyard events` */
export function addEvents(program: Command, session: CliSession): void {
  program
    .command('events')
    .description('tell what happens, a line an event, until Ctrl-C; exit code 3 when the core ends')
    .option('--since <number>', 'begin after this event; without it, now', wholeNumber)
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExamples:\n  trainyard events\n  trainyard events --json --since 0 | jq .kind')
    .action(async ({ since, json }: EventsOptions) => {
      const query = since === undefined ? '' : `?since=${since}`;
      const { status, text } = await session.core.stream(`/api/training/events${query}`);
      if (status !== 200) {
        session.finish({ status, body: JSON.parse(await whole(text)) as Answer['body'] }, json, () => '');
        return;
      }
      let rest = '';
      try {
        for await (const chunk of text) {
          const frames = `${rest}${chunk}`.split('\n\n');
          rest = frames.pop() ?? '';
          for (const line of frames.flatMap((frame) => lineOf(frame, json === true))) session.print(line);
        }
      } catch {
        // The core was killed; what follows says so.
      }
      session.complain('the core has ended. `trainyard events --since NUMBER` goes on when it is back.');
      session.exitCode = EXIT.noCore;
    });
}

/** A frame of the stream as a line; none for a heartbeat. */
function lineOf(frame: string, json: boolean): readonly string[] {
  const fields = Object.fromEntries(
    frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  ) as Record<string, string>;
  const { event, data } = fields;
  if (event === undefined || data === undefined) return [];
  const told = JSON.parse(data) as Record<string, unknown>;
  if (json) return [JSON.stringify({ event, ...told })];
  if (event === 'open') return [];
  if (event === 'reset')
    return [`${String(told['seq'])}  what happened before is not told; trainyard list shows how it is`];
  const job = told['job'] as { name: string; status: string; sentence: string } | null;
  // A job that was deleted has nothing but its number.
  const id = told['job_id'] === null ? '' : `  #${String(told['job_id'])}`;
  const what = job === null ? id : `  #${String(told['job_id'])} ${job.name}: ${job.status}, ${job.sentence}`;
  return [`${String(told['seq'])}  ${new Date(Number(told['at'])).toISOString()}  ${String(told['kind'])}${what}`];
}

async function whole(text: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const chunk of text) all += chunk;
  return all;
}
