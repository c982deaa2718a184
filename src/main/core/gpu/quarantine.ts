import type { GpuUuid } from '../domain/job.ts';
import type { RunName } from './attribution.ts';
import type { Notes, QuarantineNote } from './notes.ts';
import type { Observe } from './observe.ts';

/** GPUs whose memory has not come back. */
export interface Quarantine {
  readonly add: (note: QuarantineNote) => void;
  /** Why a GPU is given to nobody, in one sentence, or null. */
  readonly wordsFor: (gpu: GpuUuid) => string | null;
  /** The run whose memory is waited for that a process was a member of. */
  readonly formerOwner: (pid: number) => RunName | null;
  readonly [Symbol.dispose]: () => void;
}

/**
 * Takes up what was quarantined before a restart, and looks again and again: a GPU leaves by itself when its memory is back.
 * `onChange` is called when one came, left, or has another reason.
 */
export function createQuarantine(parts: {
  readonly notes: Notes;
  readonly observe: Observe;
  readonly everyMs: number;
  readonly onChange: () => void;
  readonly onBug: (error: unknown) => void;
}): Quarantine {
  const { notes, observe, everyMs, onChange, onBug } = parts;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;

  function lookLater(): void {
    if (disposed || timer !== undefined || notes.quarantined().length === 0) return;
    timer = setTimeout(() => {
      lookAll()
        .catch(onBug)
        .finally(() => {
          timer = undefined;
          lookLater();
        });
    }, everyMs);
    timer.unref();
  }

  async function lookAll(): Promise<void> {
    for (const note of notes.quarantined()) await look(note);
  }

  async function look(note: QuarantineNote): Promise<void> {
    const { gpu, run, members, note: noted } = note;
    const gone = { run, jobId: noted.jobId, members, wasListed: noted.wasListed };
    const [seen] = await observe({ gone, gpus: [gpu], before: (of) => noted.before[of] ?? null });
    if (disposed || seen === undefined || !notes.quarantined().includes(note)) return;
    if (seen.verdict.kind === 'back') {
      notes.release(note);
      onChange();
    } else if (seen.verdict.words !== note.words) {
      notes.quarantine({ ...note, words: seen.verdict.words });
      onChange();
    }
  }

  lookLater();
  return {
    add(note) {
      notes.quarantine(note);
      onChange();
      lookLater();
    },
    wordsFor: (gpu) => notes.quarantined().find((note) => note.gpu === gpu)?.words ?? null,
    formerOwner(pid) {
      const found = notes.quarantined().find(({ members }) => members.some((member) => member.pid === pid));
      return found === undefined ? null : { jobId: found.note.jobId, run: found.run };
    },
    [Symbol.dispose]() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}
