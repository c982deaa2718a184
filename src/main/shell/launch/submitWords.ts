import { CommanderError } from 'commander';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import { submission, submitCommand } from '../../cli/commands/submit.ts';
import type { SubmitOptions } from '../../cli/commands/submit.ts';
import { renamed, toCamel } from '../../core/api/http/names.ts';

/**
 * The submission that the words behind `submit` mean, by the terminal's own parser, or what it says is wrong with them. The
 * environment of that terminal is not known: a second start of the app hands its words over, and nothing else.
 */
export function submissionOf(words: readonly string[], cwd: string): Result<unknown, string> {
  let fields: unknown = null;
  let complaint = '';
  const command = submitCommand(cwd, {})
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: (text) => (complaint += text) })
    .action((argv: readonly string[], options: SubmitOptions) => {
      fields = submission(argv, options);
    });
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return refused(complaint.trim().split('\n')[0] ?? error.message);
  }
  return ok(renamed(fields, toCamel));
}
