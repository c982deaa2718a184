import type { Outcome, OutcomeCause } from '../../../shared/job.ts';
import { assertNever } from '../../../shared/result.ts';
import type { ExitRecord } from './runnerRecords.ts';

/** The outcome that a runner's exit record states; `cause` is what was found behind it. */
export function outcomeOf(record: ExitRecord, cause: OutcomeCause | null): Outcome {
  if (record.start_error !== null) {
    return {
      kind: 'start-error',
      stage: record.start_error.stage,
      code: record.start_error.code,
      message: record.start_error.message,
    };
  }
  if (record.never_started) return { kind: 'never-started' };
  if (record.signal !== null)
    return { kind: 'signalled', signal: record.signal, coreDumped: record.core_dumped, cause };
  if (record.code !== null) return { kind: 'exited', code: record.code, cause };
  return { kind: 'lost', why: 'no-record' };
}

/** The outcome in words, as rows, logs and the terminal show it. */
export function outcomeWords(outcome: Outcome, command: readonly string[], cwd: string): string {
  switch (outcome.kind) {
    case 'exited':
      return [causeWords(outcome.cause), `exit ${outcome.code}`].filter(Boolean).join(' · ');
    case 'signalled':
      return signalWords(outcome);
    case 'start-error':
      return startErrorWords(outcome, command, cwd);
    case 'never-started':
      return 'never started';
    case 'lost':
      return LOST_WORDS[outcome.why];
    case 'cluster':
      return outcome.words;
    default:
      return assertNever(outcome, 'outcome');
  }
}

const LOST_WORDS: Readonly<Record<Extract<Outcome, { kind: 'lost' }>['why'], string>> = {
  reboot: 'lost: the machine was restarted while it ran',
  'no-record': 'lost: its runner is gone and left no record, so the exit code is unknown',
  forgotten: 'lost: the cluster no longer knows the job, so how it ended is unknown',
};

function signalWords({ signal, coreDumped, cause }: Extract<Outcome, { kind: 'signalled' }>): string {
  const killed = `killed by ${signal}${coreDumped ? ', core dumped' : ''}`;
  if (cause === 'cuda-oom') return `CUDA out of memory · killed by ${signal}`;
  return cause === 'kernel-oom'
    ? `${killed}; the kernel killed processes for lack of memory while it ran`
    : [causeWords(cause), killed].filter(Boolean).join(' · ');
}

function causeWords(cause: OutcomeCause | null): string | null {
  if (cause === 'cuda-oom') return 'CUDA out of memory';
  return cause === 'system-stop' ? 'stopped by the system or by hand, not by Trainyard' : null;
}

function startErrorWords(
  error: Extract<Outcome, { kind: 'start-error' }>,
  command: readonly string[],
  cwd: string,
): string {
  if (error.stage === 'chdir') return `did not start: folder ${cwd}: ${error.message}`;
  const program = command[0] ?? '';
  if (error.stage === 'sbatch') return `did not start: Slurm refused it: ${error.message}`;
  if (error.stage === 'exec' && error.code === 'ENOENT')
    return `did not start: ${program}: not found (no such program, or its interpreter is missing)`;
  if (error.stage === 'exec' && error.code === 'EACCES')
    return `did not start: ${program}: not executable, or a folder`;
  return `did not start: ${error.stage} ${program}: ${error.message}`;
}

/** One word for scripts: why a job is not `completed`. Null when it is. */
export function reasonWord(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'exited':
      return outcome.cause ?? (outcome.code === 0 ? null : 'exit-code');
    case 'signalled':
      return outcome.cause ?? 'signal';
    case 'start-error':
    case 'never-started':
    case 'lost':
      return outcome.kind;
    case 'cluster':
      return outcome.why;
    default:
      return assertNever(outcome, 'outcome');
  }
}
