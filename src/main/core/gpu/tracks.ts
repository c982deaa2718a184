import type { GpuSnapshot, GpuView } from '../../../shared/gpu.ts';
import type { GpuUuid, JobId, Ms, RunId } from '../domain/job.ts';
import type { Track } from '../domain/schedule.ts';
import { wordsForDuration, wordsForMiB } from '../domain/words.ts';
import type { Row } from './attribution.ts';
import { leakWords } from './leaks.ts';
import { memoryOn } from './peaks.ts';

/** A live run that holds GPUs. */
export interface LiveHolder {
  readonly jobId: JobId;
  readonly run: RunId;
  readonly gpus: readonly GpuUuid[];
  readonly gpuMemoryMiB: number | null;
}

/** What the GPUs are judged by at one moment. */
export interface TrackFacts {
  readonly snapshot: GpuSnapshot;
  readonly rows: readonly Row[];
  readonly live: readonly LiveHolder[];
  readonly settings: { readonly deniedGpus: readonly string[]; readonly foreignThresholdMiB: number };
  readonly quarantineOf: (gpu: GpuUuid) => string | null;
  readonly pidsAreOurs: boolean;
  /** On Windows the driver tells no process's memory, and lists every desktop program. */
  readonly windows: boolean;
  readonly now: Ms;
  readonly freshMs: number;
}

/**
 * The GPUs as the scheduler sees them, or null while no driver has answered.
 * A failing driver's last word still counts for what is busy; it is no proof that anything is free.
 */
export function tracksOf(facts: TrackFacts): readonly Track[] | null {
  const { snapshot, settings } = facts;
  if (snapshot.state === 'starting' || snapshot.state === 'absent' || snapshot.gpus.length === 0) return null;
  const doubt = doubtOf(facts);
  return snapshot.gpus.map((gpu, place) => {
    const closed = settings.deniedGpus.includes(gpu.uuid) ? 'is not allowed in the settings' : doubt;
    return {
      uuid: gpu.uuid,
      index: gpu.index ?? place,
      memoryTotalMiB: gpu.memoryTotalMiB,
      undeclaredMiB: undeclaredOn(gpu, facts),
      foreign: foreignOn(gpu, facts),
      quarantine: facts.quarantineOf(gpu.uuid),
      closed,
    };
  });
}

/** Why the figures do not show that a GPU is free, or null. */
function doubtOf({ snapshot, now, freshMs }: TrackFacts): string | null {
  if (snapshot.state === 'failing') return 'does not answer';
  // A process list that the driver refuses to give is no reason to wait: it is as old as it will ever be.
  const ages = [snapshot.sampledAt, snapshot.failure === null ? snapshot.processesSampledAt : null];
  const oldest = Math.max(...ages.map((at) => (at === null ? 0 : now - at)));
  return oldest > freshMs ? `was last looked at ${wordsForDuration(oldest)} ago` : null;
}

/** Rows on a GPU that no live run accounts for. */
function foreignRows(gpu: GpuView, { rows, live, pidsAreOurs }: TrackFacts): readonly Row[] {
  const isHeld = live.some(({ gpus }) => gpus.includes(gpu.uuid));
  return rows.filter(({ process, owner, alive }) => {
    if (process.gpuUuid !== gpu.uuid) return false;
    if (owner !== null) return !live.some(({ run }) => run === owner.run);
    // In a container the run's own processes are listed with pids of the host, or with none.
    const nameless = process.pid === null || (alive === false && !pidsAreOurs);
    return !(nameless && isHeld);
  });
}

function foreignOn(gpu: GpuView, facts: TrackFacts): string | null {
  const { live, settings, windows, pidsAreOurs } = facts;
  const rows = foreignRows(gpu, facts);
  const words = rows
    .filter(({ process }) => (process.memoryUsedMiB ?? 0) >= settings.foreignThresholdMiB)
    .map(
      (row) =>
        leakWords(row, { isLive: (run) => live.some((held) => held.run === run), pidsAreOurs }) ?? foreignWords(row),
    );
  const unsized = rows.find(({ process }) => process.memoryUsedMiB === null);
  if (unsized !== undefined && !windows) {
    const beyondMiB = beyondOwn(gpu, facts);
    if (beyondMiB >= settings.foreignThresholdMiB) words.push(foreignWords(unsized, beyondMiB));
  }
  return words.length === 0 ? null : words.join(' and ');
}

function foreignWords({ process }: Row, beyondMiB?: number): string {
  const name = `${process.name ?? 'a process'} (pid ${process.pid ?? 'unknown'}), not ours`;
  return beyondMiB === undefined
    ? `${name}, ${wordsForMiB(process.memoryUsedMiB ?? 0)}`
    : `${name}, of unknown size: ${wordsForMiB(beyondMiB)} are in use beyond ours`;
}

function holdersOf(gpu: GpuView, live: readonly LiveHolder[]): readonly LiveHolder[] {
  return live.filter(({ gpus }) => gpus.includes(gpu.uuid));
}

/**
 * Memory in use that is not of our live runs, MiB. A run that is listed counts with what it uses; one that is not may be just
 * starting or in a container, and counts with what it has declared, a whole GPU with everything.
 */
function beyondOwn(gpu: GpuView, { rows, live }: TrackFacts): number {
  const own = holdersOf(gpu, live).map(({ run, gpuMemoryMiB }) => {
    const listed = memoryOn(gpu.uuid, run, rows);
    return listed > 0 ? listed : (gpuMemoryMiB ?? Number.POSITIVE_INFINITY);
  });
  return Math.max(0, (gpu.memoryUsedMiB ?? 0) - own.reduce((sum, mib) => sum + mib, 0));
}

/**
 * Memory that no declaration covers, MiB: small foreign use, what the driver keeps, and what our runs use beyond what they
 * said. What they use within it changes nothing: it stays reserved until they end, also while it is not used yet. On a GPU
 * that nobody holds, use below the threshold is overlooked as it is for a whole GPU: else nothing could ask for all of it.
 */
function undeclaredOn(gpu: GpuView, facts: TrackFacts): number {
  const { rows, live, settings } = facts;
  const holders = holdersOf(gpu, live);
  const listed = foreignRows(gpu, facts).reduce((sum, { process }) => sum + (process.memoryUsedMiB ?? 0), 0);
  const others = Math.max(listed, beyondOwn(gpu, facts));
  if (holders.length === 0) return others >= settings.foreignThresholdMiB ? others : 0;
  const beyond = holders.reduce(
    (sum, { run, gpuMemoryMiB }) =>
      sum + (gpuMemoryMiB === null ? 0 : Math.max(0, memoryOn(gpu.uuid, run, rows) - gpuMemoryMiB)),
    0,
  );
  return others + beyond + keptByDriver(gpu);
}

function keptByDriver({ memoryTotalMiB, memoryUsedMiB, memoryFreeMiB }: GpuView): number {
  if (memoryTotalMiB === null || memoryUsedMiB === null || memoryFreeMiB === null) return 0;
  return Math.max(0, memoryTotalMiB - memoryUsedMiB - memoryFreeMiB);
}
