import type { GpuProcess, GpuSnapshot } from '../../../shared/gpu.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { GpuUuid, JobId, Ms, RunId } from '../domain/job.ts';
import type { Track } from '../domain/schedule.ts';
import type { ReleaseCheck } from '../engines/release.ts';
import { createAttribution } from './attribution.ts';
import type { Row, RunName } from './attribution.ts';
import { DESK_TIMING } from './deskTiming.ts';
import type { DeskTiming } from './deskTiming.ts';
import { unexplainedMiB } from './evidence.ts';
import { leakWords } from './leaks.ts';
import type { GpuMonitor } from './monitor.ts';
import { emptyNote, openNotes } from './notes.ts';
import { createObserve } from './observe.ts';
import { createPeaks } from './peaks.ts';
import { createQuarantine } from './quarantine.ts';
import { createReleaseCheck } from './releaseCheck.ts';
import { tracksOf } from './tracks.ts';
import type { LiveHolder } from './tracks.ts';

/** What {@link createGpuDesk} stands on. */
export interface GpuDeskParts {
  readonly monitor: Pick<GpuMonitor, 'snapshot' | 'computeApps' | 'sampleGpus'>;
  readonly settings: () => Pick<Settings, 'deniedGpus' | 'foreignThresholdMiB'>;
  readonly liveRuns: () => readonly LiveHolder[];
  readonly members: () => ReadonlyMap<number, RunName>;
  readonly jobOfRun: (run: RunId) => JobId | null;
  readonly notePeak: (run: RunId, mib: number) => void;
  /** Where what must outlive the app is noted. */
  readonly notesPath: string;
  readonly bootId: string;
  readonly now: () => Ms;
  readonly timing?: Partial<DeskTiming>;
  /** A GPU went into quarantine or left it. */
  readonly onChange: () => void;
  /** Something could not be written. */
  readonly onProblem: (error: unknown) => void;
  readonly onBug: (error: unknown) => void;
}

/** Knows whose the memory on the GPUs is, gives out what is free and takes back what was given. */
export interface GpuDesk {
  readonly release: ReleaseCheck;
  /** The GPUs as the scheduler sees them; null while no driver has answered. */
  readonly tracks: () => readonly Track[] | null;
  /** A snapshot as clients see it: whose each process is and which GPU is quarantined. */
  readonly view: (snapshot: GpuSnapshot) => GpuSnapshot;
  /** Takes every new snapshot. */
  readonly onSample: (snapshot: GpuSnapshot) => void;
  /** A run is about to start on these GPUs: notes how they are now. */
  readonly claimed: (run: RunName, gpus: readonly GpuUuid[]) => void;
  /** The end of a run is written. */
  readonly ended: (run: RunId) => void;
  readonly [Symbol.dispose]: () => void;
}

/** Opens the notes and begins to look after what was quarantined when the app last ended. */
export function createGpuDesk(parts: GpuDeskParts): GpuDesk {
  const { monitor, liveRuns, now } = parts;
  const timing = { ...DESK_TIMING, ...parts.timing };
  const notes = openNotes(parts.notesPath, parts.bootId, parts.onProblem);
  notes.keepRuns(liveRuns().map(({ run }) => run));
  const attribution = createAttribution({
    members: parts.members,
    formerOwner: (pid) => quarantine.formerOwner(pid),
    jobOfRun: parts.jobOfRun,
  });
  const observe = createObserve({
    monitor,
    attribution,
    sharersOf: (gpu) => liveRuns().filter(({ gpus }) => gpus.includes(gpu)),
  });
  const quarantine = createQuarantine({
    notes,
    observe,
    everyMs: timing.quarantineEveryMs,
    onChange: parts.onChange,
    onBug: parts.onBug,
  });
  const peaks = createPeaks((run, mib) => {
    try {
      parts.notePeak(run, mib);
    } catch (error) {
      // A full disk must not end the watching of the GPUs.
      parts.onProblem(error);
    }
  }, now);
  let closed = false;
  let lastList: readonly GpuProcess[] | null = null;

  const release = createReleaseCheck({
    monitor,
    observe,
    noteOf: (run) => notes.run(run) ?? emptyNote(jobIdIn(run)),
    noteAtStop: (run, atStop) => {
      const note = notes.run(run);
      if (note !== null) notes.noteRun(run, { ...note, atStop });
    },
    quarantine,
    timing,
    now,
    indexOf: (gpu) => monitor.snapshot().gpus.find(({ uuid }) => uuid === gpu)?.index ?? null,
    isClosed: () => closed,
  });

  function noteListed(rows: readonly Row[]): void {
    for (const run of new Set(rows.flatMap(({ owner }) => owner?.run ?? []))) {
      const note = notes.run(run);
      if (note !== null && !note.wasListed) notes.noteRun(run, { ...note, wasListed: true });
    }
  }

  return {
    release,
    tracks() {
      const snapshot = monitor.snapshot();
      return tracksOf({
        snapshot,
        rows: attribution.rowsOf(snapshot.processes),
        live: liveRuns(),
        settings: parts.settings(),
        quarantineOf: quarantine.wordsFor,
        pidsAreOurs: attribution.pidsAreOurs(),
        windows: process.platform === 'win32',
        now: now(),
        freshMs: timing.freshMs,
      });
    },
    view(snapshot) {
      const rows = attribution.rowsOf(snapshot.processes);
      const live = new Set(rows.length === 0 ? [] : liveRuns().map(({ run }) => run));
      const facts = { isLive: (run: RunId) => live.has(run), pidsAreOurs: attribution.pidsAreOurs() };
      return {
        ...snapshot,
        gpus: snapshot.gpus.map((gpu) => ({ ...gpu, quarantine: quarantine.wordsFor(gpu.uuid) })),
        processes: rows.map((row) => {
          const words = leakWords(row, facts);
          return { ...row.process, jobId: row.owner?.jobId ?? null, leaked: words !== null, words };
        }),
      };
    },
    onSample(snapshot) {
      if (snapshot.processes === lastList) return;
      lastList = snapshot.processes;
      const rows = attribution.rowsOf(snapshot.processes);
      peaks.note(rows, liveRuns());
      noteListed(rows);
    },
    claimed({ run, jobId }, gpus) {
      if (gpus.length === 0) return;
      const snapshot = monitor.snapshot();
      const rows = attribution.rowsOf(snapshot.processes);
      const before = gpus.map((gpu) => {
        const here = rows.filter(({ process }) => process.gpuUuid === gpu);
        const used = snapshot.gpus.find(({ uuid }) => uuid === gpu)?.memoryUsedMiB ?? null;
        const pids = here.flatMap(({ process }) => process.pid ?? []);
        return [gpu, { unexplainedMiB: unexplainedMiB(used, here, () => false), pids }] as const;
      });
      notes.noteRun(run, { ...emptyNote(jobId), before: Object.fromEntries(before) });
    },
    ended(run) {
      peaks.end(run);
      notes.forgetRun(run);
    },
    [Symbol.dispose]() {
      closed = true;
      quarantine[Symbol.dispose]();
    },
  };
}

/** A run is called after its job. */
function jobIdIn(run: RunId): JobId {
  return Number.parseInt(run, 10);
}
