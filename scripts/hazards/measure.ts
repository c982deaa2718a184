import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announcedIn, isGone, signalIdentity, until, untilFile } from '../../tests/helpers/process.ts';
import type { Identity } from '../../tests/helpers/process.ts';
import { hazard as fixture } from '../../tests/helpers/runner.ts';
import { SHIPPED_RUNNER } from '../../tests/hazards/runners.ts';
import { median } from './statistics.ts';

/** One figure and what it must not exceed. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly bound: number;
  readonly unit: 'ms' | 'KiB';
}

/** A tree that ends on SIGTERM, stopped in both ways. */
export interface TreeTimes {
  readonly tree: string;
  readonly bareMs: number;
  readonly runnerMs: number;
  readonly differenceMs: number;
}

export interface Measures {
  readonly measured: readonly Measured[];
  readonly details: readonly TreeTimes[];
  /** How often each figure was taken. */
  readonly times: number;
}

const STOP_BOUND_MS = 10;
const START_BOUND_MS = 5;
const RESIDENT_BOUND_KIB = 300;
const LEAST_TIMES = 50;

const TREES: readonly (readonly [string, (dir: string) => readonly string[]])[] = [
  ['one process', (dir) => [fixture('tree'), dir, '0', '0', 'default']],
  ['main and 8 children', (dir) => [fixture('tree'), dir, '8', '1', 'default']],
  ['three levels, 13 processes', (dir) => [fixture('tree'), dir, '3', '2', 'default']],
  ['4 children in own sessions', (dir) => [fixture('own_sessions'), dir]],
];

/** What the native runner costs: time of a stop, time of a start, memory. */
export async function measure(repeat: number): Promise<Measures> {
  const times = Math.max(repeat, LEAST_TIMES);
  const details: TreeTimes[] = [];
  const differences: number[] = [];
  for (const [tree, command] of TREES) {
    const pairs: { readonly bare: number; readonly runner: number }[] = [];
    for (let time = 0; time < times; time += 1)
      pairs.push({ bare: await bareStop(command), runner: await runnerStop(command) });
    const difference = median(pairs.map(({ bare, runner }) => runner - bare));
    differences.push(difference);
    details.push({
      tree,
      bareMs: rounded(median(pairs.map(({ bare }) => bare))),
      runnerMs: rounded(median(pairs.map(({ runner }) => runner))),
      differenceMs: rounded(difference),
    });
  }
  const starts: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const bare = await untilFirstInstruction(false);
    starts.push((await untilFirstInstruction(true)) - bare);
  }
  return {
    times,
    details,
    measured: [
      {
        what: 'from cancel to gone, more than a bare kill of the same tree (median, worst tree)',
        value: rounded(Math.max(...differences)),
        bound: STOP_BOUND_MS,
        unit: 'ms',
      },
      {
        what: 'start: from spawn to the trainer’s first instruction, more than without a runner (median)',
        value: rounded(median(starts)),
        bound: START_BOUND_MS,
        unit: 'ms',
      },
      {
        what: 'resident memory of the runner while the trainer runs',
        value: await residentKib(),
        bound: RESIDENT_BOUND_KIB,
        unit: 'KiB',
      },
    ],
  };
}

/** SIGTERM to every process of the tree, by identity, main first. */
async function bareStop(command: (dir: string) => readonly string[]): Promise<number> {
  await using place = new Place();
  const [program = '', ...rest] = command(place.announced);
  spawn(program, rest, { detached: true, stdio: 'ignore' });
  const tree = await place.ready();
  const from = performance.now();
  for (const identity of tree) signalIdentity(identity, 'SIGTERM');
  await gone(tree);
  return performance.now() - from;
}

async function runnerStop(command: (dir: string) => readonly string[]): Promise<number> {
  await using place = new Place();
  const runner = place.start(command(place.announced));
  const tree = await place.ready();
  const from = performance.now();
  appendFileSync(join(place.run, 'control'), 'stop 10000\n');
  await gone(tree);
  const took = performance.now() - from;
  await runner;
  return took;
}

/** Looks all the time: the table of processes has no events, and a look every few milliseconds would be the measure. */
async function gone(tree: readonly Identity[]): Promise<void> {
  while (!tree.every(isGone)) await new Promise((resolve) => setImmediate(resolve));
}

async function untilFirstInstruction(withRunner: boolean): Promise<number> {
  await using place = new Place();
  const file = join(place.announced, 'stamp');
  const command = [fixture('stamp'), file];
  const from = process.hrtime.bigint();
  if (withRunner) await place.start(command);
  else await once(spawn(command[0] ?? '', command.slice(1), { detached: true, stdio: 'ignore' }), 'exit');
  // Both clocks are CLOCK_MONOTONIC.
  return Number(BigInt(readFileSync(file, 'utf8').trim()) - from) / 1e6;
}

async function residentKib(): Promise<number> {
  await using place = new Place();
  const ended = place.start([fixture('tree'), place.announced, '4', '1', 'default']);
  await place.ready();
  const { runner_pid: pid } = JSON.parse(await untilFile(join(place.run, 'identity.json'))) as { runner_pid: number };
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  appendFileSync(join(place.run, 'control'), 'stop 10000\n');
  await ended;
  return Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)?.[1]);
}

/** Folders of one run; ends what it announced. */
class Place {
  readonly #base = mkdtempSync(join(tmpdir(), 'trainyard-measure-'));
  readonly announced = join(this.#base, 'announced');
  readonly run = join(this.#base, 'run');

  constructor() {
    for (const folder of [this.announced, this.run]) mkdirSync(folder, { mode: 0o700 });
  }

  /** Starts the shipped runner; resolves when it has ended. */
  async start(command: readonly string[]): Promise<void> {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const options = [
      ['--dir', this.run],
      ['--cwd', this.#base],
      ['--run', 'measure'],
      ['--boot', bootId],
      ['--signal', '15'],
      ['--grace-ms', '10000'],
      ['--kill-after-exit-ms', '1000'],
    ].flat();
    await once(spawn(SHIPPED_RUNNER, [...options, '--', ...command], { detached: true, stdio: 'ignore' }), 'exit');
  }

  async ready(): Promise<Identity[]> {
    await until('ready', () => existsSync(join(this.announced, 'ready')), this.announced);
    return announcedIn(this.announced);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await until('the tree to be gone', () => {
      const left = announcedIn(this.announced).filter((identity) => !isGone(identity));
      for (const identity of left) signalIdentity(identity, 'SIGKILL');
      return left.length === 0;
    });
    rmSync(this.#base, { recursive: true, force: true });
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
