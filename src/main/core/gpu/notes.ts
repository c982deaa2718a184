import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { GpuUuid, JobId, RunId } from '../domain/job.ts';

const levelSchema = z.object({ unexplainedMiB: z.number().nullable(), pids: z.array(z.number()) });
const runSchema = z.object({
  jobId: z.number(),
  wasListed: z.boolean(),
  before: z.record(z.string(), levelSchema),
  atStop: z.record(z.string(), z.number().nullable()),
});
const quarantineSchema = z.object({
  gpu: z.string(),
  run: z.string(),
  note: runSchema,
  members: z.array(z.object({ pid: z.number(), start: z.string() })),
  since: z.number(),
  words: z.string(),
});
const fileSchema = z.object({
  boot: z.string(),
  runs: z.record(z.string(), runSchema),
  quarantined: z.array(quarantineSchema),
});

/** What is noted of a run that holds GPUs: how they were before it and at its stop, and whether the driver has listed it. */
export type RunNote = z.output<typeof runSchema>;
/** A GPU that is given to nobody, with all that is needed to look again. */
export type QuarantineNote = z.output<typeof quarantineSchema>;

/** What must outlive the app: without it nobody could tell after a restart whether memory is back. */
export interface Notes {
  readonly run: (run: RunId) => RunNote | null;
  readonly noteRun: (run: RunId, note: RunNote) => void;
  readonly forgetRun: (run: RunId) => void;
  /** Keeps these runs only. */
  readonly keepRuns: (live: readonly RunId[]) => void;
  readonly quarantined: () => readonly QuarantineNote[];
  readonly quarantine: (note: QuarantineNote) => void;
  /** Ends the quarantine of a GPU that one run is the reason for. */
  readonly release: (note: QuarantineNote) => void;
}

/** A note of a run of which nothing was noted in time. */
export function emptyNote(jobId: JobId): RunNote {
  return { jobId, wasListed: false, before: {}, atStop: {} };
}

/**
 * Notes in one small file. One of another boot says nothing any more: GPU memory does not outlive a boot. A damaged one is as
 * good as none, and one that cannot be written still holds for this session.
 */
export function openNotes(path: string, boot: string, onProblem: (error: unknown) => void): Notes {
  const kept = readNotes(path, boot);
  const runs = new Map(Object.entries(kept?.runs ?? {}));
  const quarantined = new Map((kept?.quarantined ?? []).map((note) => [keyOf(note), note]));

  function save(): void {
    const text = JSON.stringify({ boot, runs: Object.fromEntries(runs), quarantined: [...quarantined.values()] });
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      onProblem(error);
    }
  }

  return {
    run: (run) => runs.get(run) ?? null,
    noteRun(run, note) {
      runs.set(run, note);
      save();
    },
    forgetRun(run) {
      if (runs.delete(run)) save();
    },
    keepRuns(live) {
      const gone = [...runs.keys()].filter((run) => !live.includes(run));
      for (const run of gone) runs.delete(run);
      if (gone.length > 0) save();
    },
    quarantined: () => [...quarantined.values()],
    quarantine(note) {
      quarantined.set(keyOf(note), note);
      save();
    },
    release(note) {
      if (quarantined.delete(keyOf(note))) save();
    },
  };
}

/** Two runs that shared a GPU may both have left memory on it. */
function keyOf({ gpu, run }: { readonly gpu: GpuUuid; readonly run: RunId }): string {
  return `${gpu} ${run}`;
}

function readNotes(path: string, boot: string): z.output<typeof fileSchema> | null {
  try {
    const read = fileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return read.success && read.data.boot === boot ? read.data : null;
  } catch {
    return null;
  }
}
