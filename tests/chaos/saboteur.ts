import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { lives } from './checker/kernel.ts';
import type { Checker } from './checker/checker.ts';
import type { Client } from './client.ts';
import type { Driver } from './driver.ts';
import { mount } from './place.ts';
import type { Place } from './place.ts';
import { randomFrom } from './random.ts';
import type { Ask, Fault, FaultName, Timed } from './schedule.ts';
import type { ServedCore } from './servedCore.ts';

/** What the saboteur works on. */
export interface SaboteurParts {
  readonly place: Place;
  readonly core: ServedCore;
  readonly driver: Driver;
  readonly checker: Checker;
  readonly killedRunners: Set<string>;
  /** Asks on the saboteur's own behalf, right before a kill. */
  readonly client: Client;
  readonly say: (line: string) => void;
}

/** A clock that has gone astray is brought back when it is further off than this. */
const FARTHEST_CLOCK_MS = 24 * 3_600_000;

/** What was asked for under a fault is answered by then. */
const AFTERMATH_MS = 3_000;

/** Does what goes wrong, one thing at a time, mends it, and lets the checker look after each restart. */
export class Saboteur {
  readonly #parts: SaboteurParts;
  readonly counts = new Map<string, number>();
  #clockMs = 0;
  #mistreating = false;
  #mendedAt = -Infinity;

  constructor(parts: SaboteurParts) {
    this.#parts = parts;
  }

  /** Whether the disk, the folder or the database is being mistreated, or was until a moment ago: retries go on a little. */
  get mistreats(): boolean {
    return this.#mistreating || performance.now() - this.#mendedAt < AFTERMATH_MS;
  }

  /** Does them in their order, each at its time or, on a slow machine, later; what is still left at `end` is left out. */
  async run(faults: readonly Timed<Fault>[], began: number, end: number): Promise<void> {
    for (const fault of faults) {
      if (performance.now() > end) return;
      const left = began + fault.at - performance.now();
      if (left > 0) await pause(left);
      try {
        await this.do(fault);
      } catch (error) {
        // A chaos that cannot go on as planned says so and goes on.
        this.#parts.checker.note(`the chaos itself failed at ${fault.fault}: ${String(error)}`);
        this.#mended();
      }
      this.#parts.say(JSON.stringify(fault));
      await this.#raiseTheFallen();
    }
  }

  /** Does one fault and mends it. */
  async do(fault: Fault): Promise<void> {
    const { core, driver } = this.#parts;
    this.#count(fault.fault);
    switch (fault.fault) {
      case 'kill-core':
        if (fault.burst) this.#askAtOnce(fault.afterMs);
        await pause(fault.afterMs);
        await core.end('SIGKILL');
        this.#parts.checker.afterDeath();
        await pause(fault.downMs);
        return this.#startAgain();
      case 'end-core':
        await core.end('SIGTERM');
        await pause(fault.ms);
        return this.#startAgain();
      case 'freeze-core':
        return core.freeze(fault.ms);
      case 'kill-runner':
        if (fault.coreToo) await core.end('SIGKILL');
        this.#killRunner(fault.pick);
        return fault.coreToo ? this.#startAgain() : undefined;
      case 'disk-full':
      case 'folder-read-only':
      case 'database-read-only':
        return this.#mistreat(fault);
      case 'database-locked':
        return this.#lockDatabase(fault.ms);
      case 'clock':
        return this.#moveClock(fault.byMs);
      case 'driver':
        this.#count(`driver ${fault.what}`);
        driver.fail(fault.what);
        await pause(fault.ms);
        return driver.heal();
      case 'kill-driver':
        driver.kill();
    }
  }

  /** Mends everything and has the core up. */
  async mendAll(): Promise<void> {
    this.#parts.driver.heal();
    this.#moveClock(-this.#clockMs);
    await this.#raiseTheFallen();
  }

  async #startAgain(): Promise<void> {
    const { core, checker } = this.#parts;
    const words = await core.start();
    if (words !== null) return checker.note(`the core did not start on a sound folder: ${words.slice(-1_000)}`);
    checker.whileItRuns();
    // As a person does who reads that it was paused after crashes.
    await core.ask('POST', '/queue/run');
  }

  async #raiseTheFallen(): Promise<void> {
    const { core, checker } = this.#parts;
    if (core.hasDied) checker.note('the core has ended without being asked to');
    if (!core.isUp || core.hasDied) {
      await core.end('SIGKILL');
      await this.#startAgain();
    }
  }

  /** What is under way when the core dies. */
  #askAtOnce(seed: number): void {
    const random = randomFrom(seed);
    const asks: readonly Ask[] = [
      ...[0, 1, 2].map((): Ask => ({ ask: 'cancel', pick: random.next(), force: false, wait: false })),
      ...[0, 1].map((): Ask => ({
        ask: 'submit',
        program: { mode: 'exit', code: 7, ms: 20 },
        gpus: 0,
        priority: 5,
        held: false,
        graceSeconds: 1,
        timeLimitSeconds: null,
      })),
      { ask: 'requeue', pick: random.next() },
    ];
    for (const ask of asks) void this.#parts.client.do(ask);
  }

  #killRunner(pick: number): void {
    const living = liveRunners(this.#parts.place.data);
    const chosen = living[Math.floor(pick * living.length)];
    if (chosen === undefined) return;
    this.#parts.killedRunners.add(chosen.run);
    this.#count('runner killed');
    try {
      process.kill(chosen.runner_pid, 'SIGKILL');
    } catch {
      // It ended in between.
    }
  }

  async #mistreat(fault: Extract<Fault, { readonly restart: boolean }>): Promise<void> {
    const { core, checker, place } = this.#parts;
    this.#mistreating = true;
    const mend = this.#damage(fault.fault);
    if (fault.restart) await core.end('SIGKILL');
    if (fault.restart && !core.isApp) {
      const before = hashOf(checker.database);
      const words = await core.start();
      if (words === null) this.#count(`started with ${fault.fault}`);
      else {
        this.#count(`refused to start with ${fault.fault}`);
        const told = words.trim().split('\n');
        const clear = told.at(-1) ?? '';
        if (!/(trainyard: |Trainyard cannot start)/.test(words) || /^ {4}at /m.test(words))
          checker.note(`with ${fault.fault} the core ended without clear words: ${words.slice(-1_500)}`);
        this.#parts.say(`told: ${clear}`);
        if (hashOf(checker.database) !== before)
          checker.note(`with ${fault.fault} a core that did not start changed the database`);
      }
    }
    await pause(fault.ms);
    mend();
    if (!core.isUp) await this.#startAgain();
    // A run that could not be started has paused the queue, and said so.
    await core.ask('POST', '/queue/run');
    if (!existsSync(place.data)) checker.note('the data folder is gone');
    this.#mended();
  }

  /** Does the damage; the function that comes back undoes it. */
  #damage(fault: 'disk-full' | 'folder-read-only' | 'database-read-only'): () => void {
    const { place, checker } = this.#parts;
    switch (fault) {
      case 'disk-full': {
        const hog = join(place.disk, 'hog');
        fill(hog);
        return () => rmSync(hog, { force: true });
      }
      case 'folder-read-only':
        // What is open stays open for writing; whatever is opened from now on is not. Made ready beside it: once it is in its
        // place, somebody may have opened a file through it, and then it can be made read-only no more.
        mkdirSync(place.aside, { recursive: true });
        for (const words of [
          ['--bind', place.disk, place.aside],
          ['-o', 'remount,bind,ro', place.aside],
          ['--move', place.aside, place.disk],
        ])
          if (!mount(...words)) throw new Error(`mount ${words.join(' ')} is refused`);
        return () => void spawnSync('umount', ['-l', place.disk]);
      case 'database-read-only':
        this.#writePage(8, 1n);
        chmodSync(checker.database, 0o400);
        return () => {
          this.#writePage(8, 0n);
          chmodSync(checker.database, 0o600);
        };
    }
  }

  async #lockDatabase(ms: number): Promise<void> {
    this.#mistreating = true;
    const db = new BetterSqlite3(this.#parts.checker.database, { timeout: 60_000 });
    try {
      db.exec('BEGIN IMMEDIATE');
      await pause(ms);
      db.exec('ROLLBACK');
    } finally {
      db.close();
    }
    this.#mended();
  }

  #mended(): void {
    this.#mistreating = false;
    this.#mendedAt = performance.now();
  }

  #moveClock(byMs: number): void {
    const moved = this.#clockMs + byMs;
    this.#clockMs = Math.abs(moved) > FARTHEST_CLOCK_MS ? 0 : moved;
    this.#writePage(0, BigInt(this.#clockMs) * 1_000_000n);
  }

  #writePage(offset: number, value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    const file = openSync(this.#parts.place.page, 'r+');
    writeSync(file, bytes, 0, 8, offset);
    closeSync(file);
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

/** Which faults this place allows. */
export function possibleFaults(all: readonly FaultName[], place: Place): ReadonlySet<FaultName> {
  const needsDisk = new Set<FaultName>(['disk-full', 'folder-read-only']);
  return new Set(all.filter((fault) => place.ownDisk || !needsDisk.has(fault)));
}

interface LiveRunner {
  readonly run: string;
  readonly runner_pid: number;
  readonly runner_start: string;
}

function liveRunners(data: string): readonly LiveRunner[] {
  const jobs = join(data, 'jobs');
  if (!existsSync(jobs)) return [];
  // The newest jobs first: old ones have ended.
  const latest = readdirSync(jobs)
    .toSorted((a, b) => Number(b) - Number(a))
    .slice(0, 100);
  return latest.flatMap((job) =>
    readdirSync(join(jobs, job)).flatMap((run) => {
      const folder = join(jobs, job, run);
      if (run === 'files' || !existsSync(join(folder, 'identity.json')) || existsSync(join(folder, 'exit.json')))
        return [];
      const found = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')) as LiveRunner;
      return lives(found.runner_pid, found.runner_start) ? [found] : [];
    }),
  );
}

function fill(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let block = Buffer.alloc(1 << 20); block.length > 0;) {
      try {
        writeSync(file, block);
      } catch {
        block = block.subarray(0, block.length >> 1);
      }
    }
  } finally {
    closeSync(file);
  }
}

function hashOf(path: string): string {
  return ['', '-wal']
    .map((ending) => path + ending)
    .map((each) => (existsSync(each) ? createHash('sha256').update(readFileSync(each)).digest('hex') : 'none'))
    .join();
}
