import type { Outcome, Receipt, ReceiptMemory, ReceiptStep, RunnerKind } from '../../../shared/job.ts';
import type { Job, Ms, Stop } from './job.ts';
import type { JournalEntry } from './runnerRecords.ts';
import { receiptMembers } from './receiptMembers.ts';
import type { MemberRecord } from './receiptMembers.ts';
import { counted, wordsForDuration, wordsForMiB, wordsForOrigin } from './words.ts';

/** What a receipt is made from: our record of the request and the runner's record of what was done. */
export interface ReceiptSources {
  readonly job: Pick<Job, 'spec'>;
  readonly stop: Stop;
  readonly journal: readonly JournalEntry[];
  readonly outcome: Outcome;
  readonly runner: RunnerKind | null;
  readonly membersGone: number;
  /** Processes that the app saw; left out where it saw none. */
  readonly members?: readonly MemberRecord[];
  /** Process id of main; left out where nobody has told it. */
  readonly mainPid?: number | null;
  readonly memory: readonly ReceiptMemory[];
  /** What else was observed, one sentence each. */
  readonly observations: readonly string[];
  /** When the last check was done. */
  readonly finishedAt: Ms;
  /** What another scheduler did and said, where that executed the run. */
  readonly cluster?: ClusterWitness;
}

/** What another scheduler did for a stop and what it said of the end: its word, not something the app has seen. */
export interface ClusterWitness {
  readonly name: string;
  /** As it follows on its name: `says CANCELLED, exit 0`. */
  readonly lastWord: string;
  readonly steps: readonly ReceiptStep[];
  readonly proofs: readonly string[];
}

/** The receipt of a stop that has ended. It says only what the records show. */
export function receiptOf(sources: ReceiptSources): Receipt {
  const { job, stop, journal, finishedAt, membersGone, members = [], mainPid = null } = sources;
  const listed = receiptMembers({ members, mainPid, journal, requestedAt: stop.requestedAt, finishedAt });
  return {
    verdict: verdictOf(sources),
    requestedBy: stop.by,
    requestedAt: stop.requestedAt,
    finishedAt,
    stopSignal: job.spec.stopSignal,
    graceMs: job.spec.graceMs,
    steps: stepsOf(sources),
    membersGone,
    members: listed,
    membersNotListed: Math.max(0, membersGone - listed.length),
    survivors: 0,
    memory: sources.memory,
    proofs: proofsOf(sources),
  };
}

function verdictOf({ stop, outcome, membersGone, memory, finishedAt, cluster }: ReceiptSources): string {
  if (outcome.kind === 'never-started') return 'cancelled before it started: no process was made';
  if (outcome.kind === 'start-error') return 'cancelled while it was starting: no process is left';
  if (cluster !== undefined)
    return `${cluster.name} ${cluster.lastWord}, ${wordsForDuration(finishedAt - stop.requestedAt)}`;
  const returned = memory
    .filter((gpu) => gpu.beforeMiB !== null && gpu.afterMiB !== null && gpu.beforeMiB > gpu.afterMiB)
    .reduce((sum, gpu) => sum + ((gpu.beforeMiB ?? 0) - (gpu.afterMiB ?? 0)), 0);
  const parts = [`${counted(membersGone, 'process', 'processes')} gone`];
  if (returned > 0) parts.push(`${wordsForMiB(returned)} returned`);
  parts.push(wordsForDuration(finishedAt - stop.requestedAt));
  if (outcome.kind === 'exited') parts.push(`exit ${outcome.code}`);
  return parts.join(', ');
}

function stepsOf({ stop, journal, finishedAt, job, runner, cluster }: ReceiptSources): readonly ReceiptStep[] {
  const steps: ReceiptStep[] = [
    {
      rung: 'asked',
      at: stop.requestedAt,
      signal: null,
      sent: 0,
      words: `Asked ${wordsForOrigin(stop.by)}; written down before any signal. Policy: ${job.spec.stopSignal}, ${wordsForDuration(job.spec.graceMs)}`,
    },
  ];
  for (const entry of journal) {
    const step = stepOf(entry, runner);
    if (step !== null) steps.push(step);
  }
  steps.push(...(cluster?.steps ?? []));
  const words =
    cluster === undefined
      ? 'No process of the run is left'
      : `${cluster.name} ${cluster.lastWord}: it holds nothing of the run`;
  steps.push({ rung: 'verified', at: finishedAt, signal: null, sent: 0, words });
  return steps;
}

function stepOf(entry: JournalEntry, runner: RunnerKind | null): ReceiptStep | null {
  const { at } = entry;
  const signal = entry.signal ?? null;
  const sent = entry.sent ?? 0;
  switch (entry.event) {
    case 'signal':
      return signalStep(at, entry.to ?? 'rest', signal ?? 'signal', sent);
    case 'extended':
      return { rung: 'extended', at, signal: null, sent: 0, words: 'Given more time' };
    case 'main-exit':
      return {
        rung: 'main-exit',
        at,
        signal,
        sent: 0,
        words: signal === null ? `Main exited with code ${entry.code ?? '?'}` : `Main ended by ${signal}`,
      };
    case 'stuck':
      return {
        rung: 'stuck',
        at,
        signal: null,
        sent: entry.pids?.length ?? 0,
        words: 'The kernel held on to a process that SIGKILL was sent to',
      };
    case 'empty':
      return {
        rung: 'empty',
        at,
        signal: null,
        sent: 0,
        words:
          runner === 'native'
            ? 'The kernel said that no child is left (ECHILD)'
            : 'No process of the run was found any more',
      };
    default:
      return null;
  }
}

function signalStep(at: Ms, to: string, signal: string, sent: number): ReceiptStep {
  const processes = counted(sent, 'process', 'processes');
  switch (to) {
    case 'main':
      return { rung: 'main', at, signal, sent, words: `${signal} and SIGCONT to main` };
    case 'orphans':
      return {
        rung: 'orphans',
        at,
        signal,
        sent,
        words: `${signal} to ${processes} left behind by one that had exited`,
      };
    case 'all':
      return { rung: 'kill', at, signal, sent, words: `${signal} to ${processes}` };
    default:
      return { rung: 'rest', at, signal, sent, words: `${signal} to ${processes}, shortly before the deadline` };
  }
}

function proofsOf({ runner, observations, outcome, journal, cluster }: ReceiptSources): readonly string[] {
  const proofs: string[] = [];
  if (cluster !== undefined) return cluster.proofs;
  if (outcome.kind === 'never-started' && runner === null)
    return ['It left the queue in one transaction: no process was made'];
  if (runner === 'native') {
    if (journal.some((entry) => entry.event === 'empty'))
      proofs.push('Kernel: no child left (ECHILD), told by the native runner');
    proofs.push('Each process was checked by start time right before each signal');
  } else if (runner === 'portable') {
    proofs.push(
      'Portable runner: process group and remembered tree are empty; a process that left both would not be seen',
    );
  }
  return [...proofs, ...observations];
}
