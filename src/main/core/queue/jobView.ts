import type { JobView, Progress } from '../../../shared/job.ts';
import { assertNever } from '../../../shared/result.ts';
import { blockerWords } from '../domain/blocker.ts';
import type { Blocker } from '../domain/blocker.ts';
import type { Job, Stop } from '../domain/job.ts';
import { stopOf } from '../domain/job.ts';
import { outcomeWords } from '../domain/outcome.ts';
import { wordsForDuration } from '../domain/words.ts';

/** What a view needs besides the row. */
export interface ViewFacts {
  readonly blocker: Blocker | null;
  readonly progress: Progress | null;
  /** What the engine says of a live run beyond its status; null for nothing. */
  readonly note: string | null;
}

/** The job as clients see it. */
export function jobView(job: Job, facts: ViewFacts): JobView {
  const { spec, state } = job;
  const finished = 'outcome' in state ? state : null;
  return {
    id: job.id,
    name: spec.name,
    command: spec.command,
    cwd: spec.cwd,
    gpus: spec.gpus,
    gpuMemoryMiB: spec.gpuMemoryMiB,
    stopSignal: spec.stopSignal,
    graceSeconds: spec.graceMs / 1_000,
    gpuUuids: spec.gpuUuids,
    minGpuMemoryMiB: spec.minGpuMemoryMiB,
    after: spec.after,
    held: job.held,
    timeLimitSeconds: spec.timeLimitMs === null ? null : spec.timeLimitMs / 1_000,
    priority: job.priority,
    status: state.status,
    sentence: sentenceOf(job, facts),
    stop: stopOf(job),
    heldGpus: state.status === 'queued' ? [] : state.gpus,
    attempt: job.attempt,
    submittedAt: job.submittedAt,
    startedAt: state.status === 'running' ? state.startedAt : (finished?.startedAt ?? null),
    endedAt: finished?.endedAt ?? null,
    outcome: finished?.outcome ?? null,
    position: job.position,
    progress: facts.progress,
    target: spec.target,
    note: facts.note,
  };
}

function sentenceOf(job: Job, { blocker, progress, note }: ViewFacts): string {
  const { state, spec } = job;
  if (note !== null && (state.status === 'pending' || state.status === 'running')) return note;
  switch (state.status) {
    case 'queued':
      return blocker === null ? 'starts next' : blockerWords(blocker);
    case 'pending':
      return state.stop === null ? 'starting' : stopWords(state.stop, spec.stopSignal);
    case 'running':
      if (state.stop !== null) return stopWords(state.stop, spec.stopSignal);
      return progress?.position ?? 'running, no progress line seen';
    case 'completed':
      return [progress?.position, outcomeWords(state.outcome, spec.command, spec.cwd)].filter(Boolean).join(' · ');
    case 'failed':
      if (state.stop?.intent === 'time-limit' && spec.timeLimitMs !== null) {
        return `stopped at its time limit of ${wordsForDuration(spec.timeLimitMs)} · ${outcomeWords(state.outcome, spec.command, spec.cwd)}`;
      }
      return outcomeWords(state.outcome, spec.command, spec.cwd);
    case 'cancelled':
      return job.verdict ?? `cancelled, ${outcomeWords(state.outcome, spec.command, spec.cwd)}`;
    default:
      return assertNever(state, 'job state');
  }
}

function stopWords(stop: Stop, signal: string): string {
  switch (stop.stage) {
    case 'asked':
      return stop.forced ? 'SIGKILL is on its way' : `asked: ${signal} is on its way`;
    case 'terminating':
      return stop.forced ? 'SIGKILL is on its way' : `${signal} sent, SIGKILL at the deadline`;
    case 'killing':
      return 'SIGKILL sent to every process that is left';
    case 'verifying':
      return 'checking that nothing is left';
    case 'stuck':
      return 'the kernel holds a process that SIGKILL was sent to';
    default:
      return assertNever(stop.stage, 'stop stage');
  }
}
