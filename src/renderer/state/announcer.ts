import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import type { GpuSnapshot } from '../../shared/gpu.ts';
import type { JobView } from '../../shared/job.ts';
import type { Clock } from './clock.ts';
import { isOver, rowStateOf, secondsLeftOf } from './jobState.ts';

/** What the two live regions say. `turn` changes with each sentence, so that the same one is spoken again. */
export interface Spoken {
  readonly polite: string;
  readonly assertive: string;
  readonly turn: number;
}

/** Speaks to screen readers: polite sentences at most one each 3 s, urgent ones at once. */
export interface Announcer {
  readonly spoken: StoreApi<Spoken>;
  say(text: string): void;
  alert(text: string): void;
}

const PACE_MS = 3_000;
/** More than this is old news by the time it is spoken. */
const WAITING_MAX = 4;

/** Makes the announcer; it uses the window's clock only while a sentence waits. */
export function createAnnouncer(clock: Clock): Announcer {
  const spoken = createStore<Spoken>()(() => ({ polite: '', assertive: '', turn: 0 }));
  let waiting: string[] = [];
  let spokenAt = 0;
  let endWait: (() => void) | null = null;

  function speakNext(): void {
    if (waiting.length === 0 || clock.now() - spokenAt < PACE_MS) return;
    const [polite = '', ...rest] = waiting;
    waiting = rest;
    spokenAt = clock.now();
    spoken.setState({ polite, turn: spoken.getState().turn + 1 });
    if (waiting.length === 0) {
      endWait?.();
      endWait = null;
    }
  }
  return {
    spoken,
    say(text) {
      waiting = [...waiting, text].slice(-WAITING_MAX);
      speakNext();
      if (waiting.length > 0) endWait ??= clock.subscribe(speakNext);
    },
    alert(text) {
      spoken.setState({ assertive: text, turn: spoken.getState().turn + 1 });
    },
  };
}

/** Says what became of a job between two of its views. */
export function announceJob(announcer: Announcer, before: JobView | undefined, after: JobView, now: number): void {
  if (before === undefined) return;
  const from = rowStateOf(before);
  const to = rowStateOf(after);
  if (from === to) return;
  const name = `#${after.id}`;
  if (to === 'failed' || to === 'stuck') announcer.alert(`${name} ${to}: ${after.sentence}`);
  else if (to === 'cancelling') {
    const seconds = secondsLeftOf(after, now);
    announcer.say(seconds === null ? `${name} cancelling` : `${name} cancelling, ${seconds} seconds left`);
  } else if (isOver(after)) announcer.say(`${name} ${to}: ${after.sentence}`);
  else if (to === 'running') announcer.say(`${name} running`);
}

/** Says that a GPU is no longer given to anybody, at once, and that it is again. */
export function announceGpus(announcer: Announcer, before: GpuSnapshot, after: GpuSnapshot): void {
  if (before.gpus === after.gpus) return;
  const known = new Map(before.gpus.map((gpu) => [gpu.uuid, gpu.quarantine]));
  for (const { uuid, index, quarantine } of after.gpus) {
    const name = `GPU ${index ?? uuid}`;
    if (!known.has(uuid) || known.get(uuid) === quarantine) continue;
    if (quarantine === null) announcer.say(`${name} is no longer quarantined`);
    else if (known.get(uuid) === null) announcer.alert(`${name} quarantined: ${quarantine}`);
  }
}
