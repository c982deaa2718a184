import { blockerWords } from '../../domain/blocker.ts';
import type { Ms } from '../../domain/job.ts';
import { wordsForDuration } from '../../domain/words.ts';
import { phaseOf } from './slurmState.ts';
import { waitingWords } from './slurmState.ts';
import { phaseOfRun } from './slurmRun.ts';
import type { SlurmRun } from './slurmRun.ts';

/** What a row says while Slurm does not answer. */
export function unreachableNote(run: SlurmRun, since: Ms, problem: string): string {
  const clock = new Date(since).toTimeString().slice(0, 5);
  const what = `Slurm is not reachable since ${clock} (${problem})`;
  if (run.stop !== null) return `${what}: the cancel is kept and sent when it answers`;
  return run.identity === null ? `${what}: the job is submitted when it answers` : what;
}

/** What a row says of a run beyond its status; null when that says it all. */
export function noteOf(run: SlurmRun, killWaitSeconds: number | null, now: Ms): string | null {
  const phase = phaseOfRun(run);
  const [first] = [...run.tasks.values()].filter((task) => phaseOf(task) === phase);
  if (run.stop !== null) return stopNote(run, killWaitSeconds, now);
  if (run.waitsFor !== null) return blockerWords({ kind: 'after', ...run.waitsFor });
  if (first === undefined) return run.identity === null ? 'is being submitted to Slurm' : null;
  if (phase === 'waiting') {
    const words = waitingWords(first);
    return run.told === 'started' ? `queued again by Slurm: ${words}` : words;
  }
  if (phase === 'completing') return 'Slurm ends it: COMPLETING';
  if (phase === 'unknown') return `Slurm says ${first.states.join('+')}`;
  if (first.states.includes('CONFIGURING')) return 'Slurm prepares its nodes';
  if (first.states.includes('SUSPENDED')) return 'suspended by Slurm';
  return tasksNote(run);
}

function stopNote(run: SlurmRun, killWaitSeconds: number | null, now: Ms): string | null {
  const { stop } = run;
  const signal = run.order.spec.stopSignal;
  if (stop === null) return null;
  if (run.completingSince !== null) {
    const long = now - run.completingSince;
    if (long < STUCK_MS) return 'Slurm checks that nothing is left (COMPLETING)';
    return `Slurm says COMPLETING for ${wordsForDuration(long)}: its node may hold on to a process`;
  }
  if (stop.sent.end !== undefined) {
    const wait = killWaitSeconds === null ? 'later' : `${killWaitSeconds} s later`;
    return `scancel sent: Slurm ends it with SIGTERM and, ${wait}, SIGKILL`;
  }
  if (stop.sent['signal-all'] !== undefined) return `${signal} sent to all its processes, scancel at the deadline`;
  if (stop.sent.signal !== undefined) return `${signal} sent to main by Slurm, scancel at the deadline`;
  if (stop.sent.waiting !== undefined) return 'scancel sent: it had not started';
  return null;
}

/** How long a job may be COMPLETING before a person should look: Slurm itself gives up after UnkillableStepTimeout, 60 s. */
export const STUCK_MS = 120_000;

function tasksNote({ tasks }: SlurmRun): string | null {
  if (tasks.size < 2) return null;
  const count = (phase: ReturnType<typeof phaseOf>): number =>
    [...tasks.values()].filter((task) => phaseOf(task) === phase).length;
  const waits = count('waiting') > 0 ? ', others wait' : '';
  return `${count('running')} tasks run, ${count('ended') + count('completing')} have ended${waits}`;
}
