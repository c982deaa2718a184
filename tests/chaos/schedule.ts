import { randomFrom } from './random.ts';
import type { Random } from './random.ts';

/** How many clients ask at the same time. */
export const CLIENTS = 4;

/** What a submitted trainer does; see trainer.c. */
export interface Program {
  readonly mode: 'exit' | 'save' | 'ignore' | 'fork' | 'talk' | 'crash' | 'missing';
  readonly code: number;
  readonly ms: number;
}

/** What a client asks for. `pick` (0…1) chooses among the jobs that the client knows then. */
export type Ask =
  | {
      readonly ask: 'submit';
      readonly program: Program;
      readonly gpus: number;
      readonly priority: number;
      readonly held: boolean;
      readonly graceSeconds: number;
      readonly timeLimitSeconds: number | null;
    }
  | { readonly ask: 'cancel'; readonly pick: number; readonly force: boolean; readonly wait: boolean }
  | { readonly ask: 'cancel-many'; readonly picks: readonly number[] }
  | { readonly ask: 'cancel-queued' | 'cancel-all' }
  | { readonly ask: 'requeue' | 'hold' | 'release' | 'extend' | 'force' | 'look'; readonly pick: number }
  | { readonly ask: 'move'; readonly pick: number; readonly to: 'first' | 'last' | 'before'; readonly other: number }
  | { readonly ask: 'pause' | 'drain'; readonly ms: number };

/** What goes wrong. `ms` is how long it lasts. */
export type Fault =
  | { readonly fault: 'kill-core'; readonly burst: boolean; readonly afterMs: number; readonly downMs: number }
  | { readonly fault: 'end-core' | 'freeze-core'; readonly ms: number }
  | { readonly fault: 'kill-runner'; readonly pick: number; readonly coreToo: boolean }
  | {
      readonly fault: 'disk-full' | 'folder-read-only' | 'database-read-only';
      readonly ms: number;
      readonly restart: boolean;
    }
  | { readonly fault: 'database-locked'; readonly ms: number }
  | { readonly fault: 'clock'; readonly byMs: number }
  | { readonly fault: 'driver'; readonly what: DriverFault; readonly ms: number }
  | { readonly fault: 'kill-driver' };

export const DRIVER_FAULTS = [
  'hangs',
  'hangs-once',
  'no-driver',
  'crashes',
  'garbage',
  'no-rows',
  'gpu-gone',
  'says-full',
  'says-empty',
  'slow',
  'keeps-memory',
] as const;
export type DriverFault = (typeof DRIVER_FAULTS)[number];

/** Names of all faults, as counted in the report. */
export const FAULTS = [
  'kill-core',
  'end-core',
  'freeze-core',
  'kill-runner',
  'disk-full',
  'folder-read-only',
  'database-read-only',
  'database-locked',
  'clock',
  'driver',
  'kill-driver',
] as const satisfies readonly Fault['fault'][];
export type FaultName = (typeof FAULTS)[number];

/** Something at a time, milliseconds from the beginning. */
export type Timed<T> = T & { readonly at: number };

/** All that will be done, in order of time: one list for each client, one for faults. */
export interface Schedule {
  readonly clients: readonly (readonly Timed<Ask>[])[];
  readonly faults: readonly Timed<Fault>[];
}

/** Between two faults, on the average, and what a fault with a restart takes on a slow machine. */
const FAULT_GAP_MS = 2_500;
const RESTART_MS = 2_500;

/** What a seed stands for. Pure: the same seed, length and set of possible faults give the same schedule. */
export function scheduleOf(seed: number, lengthMs: number, possible: ReadonlySet<FaultName>): Schedule {
  const clients = Array.from({ length: CLIENTS }, (_, client) => {
    const random = randomFrom(seed * 31 + client + 1);
    return series(
      lengthMs,
      () => random.gap(1_000),
      () => askOf(random),
    );
  });
  const random = randomFrom(seed * 31);
  const choices = WEIGHTED_FAULTS.filter((fault) => possible.has(fault));
  const faults: Timed<Fault>[] = [];
  for (let at = random.gap(FAULT_GAP_MS); at < lengthMs; at += random.gap(FAULT_GAP_MS)) {
    const fault = faultOf(random, random.one(choices));
    faults.push({ ...fault, at });
    at += RESTART_MS + ('ms' in fault ? fault.ms : 0);
  }
  return { clients, faults };
}

function series<T>(lengthMs: number, gap: () => number, make: () => T): Timed<T>[] {
  const all: Timed<T>[] = [];
  for (let at = gap(); at < lengthMs; at += gap()) all.push({ ...make(), at });
  return all;
}

const WEIGHTED_ASKS = weighted({
  submit: 40,
  cancel: 22,
  'cancel-many': 3,
  'cancel-queued': 0.7,
  'cancel-all': 0.4,
  requeue: 7,
  hold: 3,
  release: 4,
  extend: 2,
  force: 4,
  look: 8,
  move: 6,
  pause: 1,
  drain: 0.6,
} satisfies Record<Ask['ask'], number>);

const WEIGHTED_FAULTS = weighted({
  'kill-core': 34,
  'end-core': 4,
  'freeze-core': 5,
  'kill-runner': 14,
  'disk-full': 7,
  'folder-read-only': 5,
  'database-read-only': 6,
  'database-locked': 5,
  clock: 9,
  driver: 18,
  'kill-driver': 4,
} satisfies Record<FaultName, number>);

/** Each name as often as its weight says, in tenths. */
function weighted<T extends string>(weights: Readonly<Record<T, number>>): readonly T[] {
  return (Object.keys(weights) as T[]).flatMap((name) => Array.from({ length: weights[name] * 10 }, () => name));
}

function askOf(random: Random): Ask {
  const ask = random.one(WEIGHTED_ASKS);
  switch (ask) {
    case 'submit':
      return {
        ask,
        program: programOf(random),
        gpus: random.one([0, 0, 0, 0, 1, 1, 2]),
        priority: random.one([0, 0, 0, 5, -5]),
        held: random.next() < 0.08,
        graceSeconds: random.one([0, 0.3, 1, 2]),
        timeLimitSeconds: random.next() < 0.05 ? 1 : null,
      };
    case 'cancel':
      return { ask, pick: random.next(), force: random.next() < 0.25, wait: random.next() < 0.4 };
    case 'cancel-many':
      return { ask, picks: Array.from({ length: random.between(2, 6) }, () => random.next()) };
    case 'cancel-queued':
    case 'cancel-all':
      return { ask };
    case 'move':
      return { ask, pick: random.next(), to: random.one(['first', 'last', 'before']), other: random.next() };
    case 'pause':
    case 'drain':
      return { ask, ms: random.between(200, 2_500) };
    default:
      return { ask, pick: random.next() };
  }
}

function programOf(random: Random): Program {
  const mode = random.one([
    'exit',
    'exit',
    'exit',
    'exit',
    'save',
    'save',
    'ignore',
    'fork',
    'fork',
    'talk',
    'crash',
    'missing',
  ] as const);
  const long = mode === 'save' || mode === 'ignore';
  return {
    mode,
    code: random.one([0, 0, 0, 1, 3, 42, 255]),
    ms: long ? random.between(500, 5_000) : random.between(0, 1_500),
  };
}

function faultOf(random: Random, fault: FaultName): Fault {
  switch (fault) {
    case 'kill-core':
      return {
        fault,
        burst: random.next() < 0.5,
        afterMs: random.between(0, 25),
        downMs: random.one([0, 0, 200, 1_500]),
      };
    case 'kill-runner':
      return { fault, pick: random.next(), coreToo: random.next() < 0.25 };
    case 'end-core':
    case 'freeze-core':
      return { fault, ms: random.between(300, 3_000) };
    case 'disk-full':
    case 'folder-read-only':
    case 'database-read-only':
      return { fault, ms: random.between(500, 4_000), restart: random.next() < 0.4 };
    case 'database-locked':
      return { fault, ms: random.between(100, 3_000) };
    case 'clock':
      return { fault, byMs: random.one([-1, 1]) * random.one([700, 5_000, 61_000, 3_600_000, 6 * 3_600_000]) };
    case 'driver':
      return { fault, what: random.one(DRIVER_FAULTS), ms: random.between(500, 9_000) };
    case 'kill-driver':
      return { fault };
  }
}
