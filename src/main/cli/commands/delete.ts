import type { Command } from 'commander';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION, jobNumbers } from '../session.ts';

interface DeleteOptions extends JsonOptions {
  readonly yes?: true;
}

/** `delete`: removes finished jobs with their files, after a question. */
export function addDelete(program: Command, session: CliSession): void {
  program
    .command('delete')
    .description('remove finished jobs with their logs, records and checkpoints; it cannot be undone')
    .argument('<id...>', 'numbers of jobs, or ranges such as 3-7', jobNumbers)
    .option('-y, --yes', 'do not ask')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nAll of them go, or none: each must be finished.\n\nExample:\n  trainyard delete 3-7 9 --yes',
    )
    .action(async (ids: readonly number[], { yes, json }: DeleteOptions, command: Command) => {
      const jobs = [...new Set(ids)];
      const what = jobs.length === 1 ? `job #${jobs[0] ?? ''}` : `${jobs.length} jobs`;
      if (yes !== true && !(await isConfirmed(what, command))) return session.complain('Nothing was deleted.');
      const answer = await session.core.request('POST', '/api/training/delete', { jobs });
      session.finish(answer, json, ({ deleted, freed_bytes: bytes, problem }) => {
        const count = (deleted as readonly string[]).length;
        const line = `${count === 1 ? '1 job' : `${count} jobs`} deleted, ${mebibytes(Number(bytes))} freed.`;
        return typeof problem === 'string' ? `${line} ${problem}` : line;
      });
    });
}

/** Asks on the terminal; without one the answer has to be given beforehand. */
async function isConfirmed(what: string, command: Command): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) command.error('error: give --yes where nobody can be asked');
  const { createInterface } = await import('node:readline/promises');
  // The answer to the command goes to stdout; the question is not part of it.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `Delete ${what} with all logs, records and checkpoints in its folder? It cannot be undone. [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
