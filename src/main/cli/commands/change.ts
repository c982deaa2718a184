import type { Command } from 'commander';
import type { Answer } from '../client.ts';
import { EXIT } from '../exitCodes.ts';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION, jobNumber, jobNumbers } from '../session.ts';

interface CancelOptions extends JsonOptions {
  readonly queued?: true;
  readonly all?: true;
  readonly force?: true;
  readonly wait: boolean;
}

interface MoveOptions extends JsonOptions {
  readonly first?: true;
  readonly last?: true;
  readonly before?: number;
}

/** Statuses that `wait` waits for. */
const FINISHED = new Set(['completed', 'failed', 'cancelled']);

/** `cancel`, `requeue`, `hold`, `release`, `move`, `wait`, and the queue's `run`, `drain`, `pause`. */
export function addChange(program: Command, session: CliSession): void {
  program
    .command('cancel')
    .description('stop jobs, whatever they are doing, and wait until they are gone')
    .argument('[id...]', 'numbers of jobs, or ranges such as 3-7', jobNumbers)
    .option('--queued', 'every queued job')
    .option('--all', 'every job that is not finished; also pauses the queue')
    .option('--force', 'SIGKILL now, without a grace period')
    .option('--no-wait', 'do not wait until they are gone')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExamples:\n  trainyard cancel 12\n  trainyard cancel 3-7 9 --force\n  trainyard cancel --queued',
    )
    .action(async (ids: readonly number[] | undefined, options: CancelOptions, command: Command) => {
      const named = ids ?? [];
      const kinds = [named.length > 0, options.queued === true, options.all === true].filter(Boolean).length;
      if (kinds !== 1) command.error('error: give numbers of jobs, or --queued, or --all');
      if (named.length > 0) return cancelEach(session, named, options);
      const body = { jobs: options.all === true ? 'all' : 'queued', force: options.force === true };
      const answer = await session.core.request('POST', '/api/training/cancel', body);
      const jobs = (answer.body['jobs'] ?? []) as readonly { job_id: string; message: string }[];
      const good = session.finish(
        answer,
        options.json,
        () => jobs.map(({ job_id: id, message }) => `#${id}: ${message}`).join('\n') || 'Nothing to cancel.',
      );
      if (good && options.wait) await Promise.all(jobs.map(({ job_id: id }) => untilFinished(session, Number(id))));
    });

  for (const [name, about] of [
    ['requeue', 'queue a finished job again, at its old place, as a new run'],
    ['hold', 'keep a queued job from starting'],
    ['release', 'let a held job start'],
    ['extend', 'give a job that is being stopped its grace period once more'],
  ] as const) {
    program
      .command(name)
      .description(about)
      .argument('<id...>', 'numbers of jobs, or ranges such as 3-7', jobNumbers)
      .option(...JSON_OPTION)
      .action(async (ids: readonly number[], { json }: JsonOptions) => {
        for (const id of ids) {
          const answer = await session.core.request('POST', `/api/training/jobs/${id}/${name}`);
          session.finish(answer, json, ({ status, sentence }) => `#${id}: ${String(status)}, ${String(sentence)}`);
        }
      });
  }

  program
    .command('move')
    .description('change the place of a queued job')
    .argument('<id>', 'number of the job', jobNumber)
    .option('--first', 'before all others of its priority')
    .option('--last', 'behind all others of its priority')
    .option('--before <id>', 'right before this queued job', jobNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, { first, last, before, json }: MoveOptions, command: Command) => {
      const wishes = [first && 'first', last && 'last', before !== undefined && { before }].filter(Boolean);
      if (wishes.length !== 1) command.error('error: give --first, --last or --before ID');
      const answer = await session.core.request('POST', `/api/training/jobs/${id}/move`, { to: wishes[0] });
      session.finish(answer, json, ({ sentence }) => `#${id}: ${String(sentence)}`);
    });

  program
    .command('wait')
    .description('wait until jobs are finished; the exit code is that of the first one that did not complete')
    .argument('<id...>', 'numbers of jobs, or ranges such as 3-7', jobNumbers)
    .option(...JSON_OPTION)
    .action(async (ids: readonly number[], { json }: JsonOptions) => {
      for (const id of ids) {
        const answer = await untilFinished(session, id);
        const good = session.finish(
          answer,
          json,
          ({ status, sentence }) => `#${id}: ${String(status)}, ${String(sentence)}`,
        );
        if (good && answer.body['status'] !== 'completed' && process.exitCode === undefined) {
          process.exitCode =
            typeof answer.body['exit_code'] === 'number' && answer.body['exit_code'] !== 0
              ? answer.body['exit_code']
              : EXIT.failed;
        }
      }
    });

  for (const [mode, about] of [
    ['run', 'let jobs start by themselves'],
    ['drain', 'start nothing new; runs go on to their end'],
    ['pause', 'start nothing new until run'],
  ] as const) {
    program
      .command(mode)
      .description(about)
      .option(...JSON_OPTION)
      .action(async ({ json }: JsonOptions) => {
        session.finish(
          await session.core.request('POST', `/api/training/queue/${mode}`),
          json,
          (queue) => `queue: ${String(queue['mode'])}`,
        );
      });
  }
}

async function cancelEach(
  session: CliSession,
  ids: readonly number[],
  { force, wait, json }: CancelOptions,
): Promise<void> {
  const query = new URLSearchParams({ wait: wait ? '1' : '0', force: force === true ? '1' : '0' });
  // All are asked at once, so that their grace periods run side by side.
  const { core } = session;
  const answers = await Promise.all(ids.map((id) => core.request('POST', `/api/training/cancel/${id}?${query}`)));
  for (const [place, answer] of answers.entries()) {
    session.finish(answer, json, ({ message }) => `#${ids[place] ?? ''}: ${String(message)}`);
    if (answer.status < 400 && answer.body['success'] === false && session.exitCode === EXIT.ok)
      session.exitCode = EXIT.refused;
  }
}

/** The core answers when the job is finished, so nothing is polled. */
async function untilFinished(session: CliSession, id: number): Promise<Answer> {
  const { core } = session;
  for (;;) {
    const job = await core.request('GET', `/api/training/jobs/${id}?wait_ms=20000`);
    if (job.status !== 200 || FINISHED.has(String(job.body['status']))) return job;
  }
}
