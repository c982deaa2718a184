import type { GpuView } from '../../../shared/gpu.ts';
import type { GpuUuid, JobId, RunId } from '../domain/job.ts';
import { counted, wordsForMiB } from '../domain/words.ts';
import type { ProcessName } from '../processes/processTable.ts';
import type { Row } from './attribution.ts';
import { toleranceMiB } from './levels.ts';
import type { Level } from './levels.ts';

/** A run whose processes are gone, and what was noted of it while it lived. */
export interface GoneRun {
  readonly jobId: JobId;
  readonly run: RunId;
  readonly members: readonly ProcessName[];
  /** The driver has listed a process of it: its list tells when they are off. */
  readonly wasListed: boolean;
}

/** A live run that uses the same GPU. */
export interface Sharer {
  readonly run: RunId;
  readonly gpuMemoryMiB: number | null;
}

/** What is known of one GPU at one moment after the end of a run. */
export interface Evidence {
  readonly gone: GoneRun;
  readonly gpu: GpuUuid;
  readonly before: Level | null;
  /** Fresh figures; null when the driver answers but does not show this GPU. */
  readonly view: GpuView | null;
  /** The fresh process list; null when there is none. */
  readonly rows: readonly Row[] | null;
  /** Whether a process that is not in `rows` is not on the GPU. */
  readonly complete: boolean;
  readonly pidsAreOurs: boolean;
  readonly sharers: readonly Sharer[];
}

/** Whether a GPU is free of a run: what proves it, or what speaks against it, in one sentence. */
export type Verdict =
  | {
      readonly kind: 'back';
      readonly proof: string;
      /** Used memory is back as well; the driver takes a row away a moment before the memory. */
      readonly settled: boolean;
    }
  | { readonly kind: 'held'; readonly words: string };

/** Decides on one GPU. Pure. */
export function verdictOf(evidence: Evidence): Verdict {
  const { gone, view, rows, complete, pidsAreOurs, before } = evidence;
  if (view === null) return { kind: 'held', words: 'the driver does not show this GPU any more' };
  const here = (rows ?? []).filter(({ process }) => process.gpuUuid === evidence.gpu);
  const own = here.filter((row) => isOf(row, gone));
  if (own.length > 0) return { kind: 'held', words: ownWords(own, gone.jobId) };
  const dead = pidsAreOurs ? here.filter((row) => isNobodys(row, before)) : [];
  if (dead.length > 0) return { kind: 'held', words: deadWords(dead, gone.jobId) };
  const tooMuch = aboveLevel(evidence, view, here);
  if (rows !== null && complete && gone.wasListed)
    return { kind: 'back', proof: 'nvidia-smi: no process of this run on its GPUs', settled: (tooMuch ?? 0) <= 0 };
  if (tooMuch === null || before === null)
    return {
      kind: 'back',
      proof: 'nvidia-smi named no process of this run and the memory in use before it is not known: not checked',
      settled: true,
    };
  if (tooMuch <= 0)
    return {
      kind: 'back',
      proof: 'nvidia-smi named no process of this run: the memory in use is back at its level from before it',
      settled: true,
    };
  const moreMiB = tooMuch + toleranceMiB(view.memoryTotalMiB);
  return { kind: 'held', words: `${wordsForMiB(moreMiB)} more are in use than before #${gone.jobId}, which is gone` };
}

/** Memory that nobody else explains: what is in use without what listed processes besides the run's own hold, MiB. */
export function unexplainedMiB(
  usedMiB: number | null,
  rows: readonly Row[],
  isOwn: (row: Row) => boolean,
): number | null {
  if (usedMiB === null) return null;
  // A pid that is not in our process table may be the host's name for a process of the run itself.
  const others = rows.filter((row) => row.alive !== false && row.process.pid !== null && !isOwn(row));
  return Math.max(0, usedMiB - others.reduce((sum, { process }) => sum + (process.memoryUsedMiB ?? 0), 0));
}

/** By how much the unexplained memory is above what is tolerated; null when that cannot be known. */
function aboveLevel(evidence: Evidence, view: GpuView, here: readonly Row[]): number | null {
  const { gone, before, sharers } = evidence;
  const now = unexplainedMiB(view.memoryUsedMiB, here, (row) => isOf(row, gone));
  if (now === null || before === null || before.unexplainedMiB === null) return null;
  // Of a run that is not listed only its declaration is known.
  const silent = sharers.filter(({ run }) => !here.some((row) => row.owner?.run === run));
  const declared = silent.reduce((sum, { gpuMemoryMiB }) => sum + (gpuMemoryMiB ?? 0), 0);
  return now - declared - before.unexplainedMiB - toleranceMiB(view.memoryTotalMiB);
}

/** Whether a row is of the run; a pid that another process has taken over is not. */
function isOf(row: Row, gone: GoneRun): boolean {
  if (row.owner !== null) return row.owner.run === gone.run;
  return gone.members.some(({ pid, start }) => pid === row.process.pid && (row.alive !== true || row.start === start));
}

/** Whether a row is of no living process and came after the run had begun. */
function isNobodys({ process, alive, owner }: Row, before: Level | null): boolean {
  return alive === false && owner === null && process.pid !== null && before?.pids.includes(process.pid) !== true;
}

function ownWords(rows: readonly Row[], jobId: JobId): string {
  const living = rows.filter(({ alive }) => alive === true);
  if (living.length > 0) return `${processes(living)} of #${jobId} still lives and holds ${memoryOf(living)}`;
  return `the driver still counts ${memoryOf(rows)} for ${processes(rows)} of #${jobId}, which is gone`;
}

function deadWords(rows: readonly Row[], jobId: JobId): string {
  return `since #${jobId} the driver counts ${memoryOf(rows)} for ${processes(rows)}, which is gone`;
}

function processes(rows: readonly Row[]): string {
  const [first] = rows;
  if (rows.length === 1 && first !== undefined) return `process ${first.process.pid ?? 'unknown'}`;
  return counted(rows.length, 'process', 'processes');
}

function memoryOf(rows: readonly Row[]): string {
  const known = rows.flatMap(({ process }) => process.memoryUsedMiB ?? []);
  return known.length === 0 ? 'memory' : wordsForMiB(known.reduce((sum, mib) => sum + mib, 0));
}
