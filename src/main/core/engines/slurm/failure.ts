import type { CommandEnd } from './shell.ts';

/** Why a command of Slurm brought nothing: Slurm did not answer, or it answered and refused. */
export type SlurmFailure =
  | { readonly kind: 'unreachable'; readonly words: string }
  | { readonly kind: 'refused'; readonly words: string };

/** Words of Slurm's commands that mean: nobody was there, and whether the request arrived is not known. */
const NOBODY_THERE =
  /unable to contact slurm controller|connection refused|connection timed out|socket timed out|zero bytes were transmitted|communication connection failure|unexpected message received|could not establish a configuration|unable to establish (?:control|controller)|no route to host|network is unreachable|host is down|transport endpoint|temporarily unable|backup controller in standby|protocol authentication error|munge encode failed|failed to access .*munge|invalid authentication credential|slurmctld.*not responding|message receive failure|unable to connect|broken pipe|connection reset/i;

/** ssh itself ends with this when it could not connect. */
const SSH_FAILED = 255;
/** A shell ends with this when there is no such program. */
const NOT_FOUND = 127;

/** What a command's end means; null when it went well. */
export function failureOf(end: CommandEnd): SlurmFailure | null {
  if (end.code === 0) return null;
  const words = saidIn(end.stderr) ?? `it ended with ${end.code === null ? 'a signal' : `code ${end.code}`}`;
  const isUnreachable =
    end.code === null || end.code === SSH_FAILED || end.code === NOT_FOUND || NOBODY_THERE.test(end.stderr);
  return { kind: isUnreachable ? 'unreachable' : 'refused', words };
}

/** Its first telling line without Slurm's prefixes; null when it said nothing. */
function saidIn(stderr: string): string | null {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim().replace(/^(?:\w+: )?(?:error|fatal): /, ''))
    .filter((line) => line !== '' && !/^(?:Warning: Permanently added|\*\* )/.test(line));
  // The last line sums up; what stands before it are attempts.
  return lines.at(-1)?.slice(0, 300) ?? null;
}
