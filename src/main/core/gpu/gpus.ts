import { join } from 'node:path';
import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import { isLive } from '../domain/job.ts';
import type { Job, JobId, Ms, RunId } from '../domain/job.ts';
import { runPaths } from '../runs/runFiles.ts';
import { createGpuDesk } from './desk.ts';
import type { GpuDesk, GpuDeskParts } from './desk.ts';
import { DESK_TIMING } from './deskTiming.ts';
import type { DeskTiming } from './deskTiming.ts';
import { createGpuMonitor } from './monitor.ts';
import type { GpuMonitor, Pace } from './monitor.ts';
import { paceFor } from './pace.ts';
import { RunCurveRecorder } from './runCurveRecorder.ts';
import type { LiveHolder } from './tracks.ts';

/** What the GPUs are watched and given out with. */
export interface GpusParts {
  readonly dataFolder: string;
  readonly jobs: JobStore;
  readonly settings: SettingsStore;
  readonly members: GpuDeskParts['members'];
  readonly notePeak: GpuDeskParts['notePeak'];
  /** Whether a job that waits in the queue wants GPUs. */
  readonly areWanted: () => boolean;
  readonly bootId: string;
  readonly now: () => Ms;
  /** Other times than the usual ones. */
  readonly timing: Partial<DeskTiming>;
  /** Something about the GPUs has changed. */
  readonly onChange: (snapshot: GpuSnapshot) => void;
  /** Whether the rows can still be read. */
  readonly isOpen: () => boolean;
  readonly log: (line: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** The GPUs of this machine: watched, given out and taken back, and what each run did with them. */
export interface Gpus extends Pick<GpuDesk, 'release' | 'tracks'>, Pick<RunCurveRecorder, 'curveOf'> {
  /** The monitor; its snapshots say whose each process is. */
  readonly monitor: GpuMonitor;
  /** How closely somebody looks. */
  setPace(looks: Pace): void;
  /** Jobs have changed: the GPUs are watched as closely as those need it. Many calls in one turn are one look. */
  jobsChanged(): void;
  /** A job has begun to hold GPUs, or has ended. */
  heldOrEnded(job: JobId): void;
  /** Resolves when every curve is on the disk; never rejects. */
  flush(): Promise<void>;
  /** An end that is being checked takes no silence for an answer any more. */
  [Symbol.dispose](): void;
}

/** Puts monitor, desk and curves together and begins to watch. */
export function createGpus(parts: GpusParts): Gpus {
  const { dataFolder, jobs, settings, areWanted, bootId, now, timing, log, onBug } = parts;
  const holders = (): readonly LiveHolder[] => jobs.liveHere().flatMap(holderOf);
  const monitor = createGpuMonitor({
    command: settings.get().nvidiaSmiPath,
    now,
    intervalMs: timing.intervalMs ?? DESK_TIMING.intervalMs,
    onSample: (snapshot) => {
      desk.onSample(snapshot);
      curves.onSample(() => desk.view(snapshot));
      tell();
    },
  });
  const desk = createGpuDesk({
    monitor,
    settings: () => settings.get(),
    liveRuns: holders,
    members: parts.members,
    jobOfRun: (run) => (jobs.runFacts(run) === null ? null : Number.parseInt(run, 10)),
    notePeak: parts.notePeak,
    notesPath: join(dataFolder, 'gpus.json'),
    bootId,
    now,
    timing,
    onChange: tell,
    onProblem: (error) => log(`gpus: ${String(error)}`),
    onBug,
  });
  const curves = new RunCurveRecorder({
    live: holders,
    folderOf: (job, run) => runPaths(dataFolder, job, run).directory,
    onProblem: (error) => log(`gpus: a curve was not written: ${String(error)}`),
  });

  function tell(): void {
    parts.onChange(desk.view(monitor.snapshot()));
  }

  let looks: Pace = 'idle';
  let paceIsDue = false;
  function setPaceSoon(): void {
    if (paceIsDue) return;
    paceIsDue = true;
    setImmediate(() => {
      paceIsDue = false;
      if (!parts.isOpen()) return;
      monitor.setPace(paceFor(looks, areWanted() || jobs.liveHere().some(({ spec }) => spec.gpus > 0)));
    });
  }

  return {
    monitor: {
      ...monitor,
      snapshot: () => desk.view(monitor.snapshot()),
      lookAgain: async () => desk.view(await monitor.lookAgain()),
    },
    release: desk.release,
    tracks: desk.tracks,
    curveOf: (job: JobId, run: RunId) => curves.curveOf(job, run),
    setPace(pace) {
      looks = pace;
      setPaceSoon();
    },
    jobsChanged: setPaceSoon,
    heldOrEnded(id) {
      const job = jobs.get(id);
      if (job === null || job.state.status === 'queued') return;
      if (isLive(job)) desk.claimed({ jobId: id, run: job.state.run }, job.state.gpus);
      else desk.ended(job.state.run);
    },
    flush: () => curves.flush(),
    [Symbol.dispose]: () => desk[Symbol.dispose](),
  };
}

/** The GPUs that a live run holds; nothing of one that holds none. */
function holderOf(job: Job): readonly LiveHolder[] {
  if (!isLive(job) || job.state.gpus.length === 0) return [];
  const { run, gpus } = job.state;
  return [{ jobId: job.id, run, gpus, gpuMemoryMiB: job.spec.gpuMemoryMiB }];
}
