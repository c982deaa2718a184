import { join } from 'node:path';
import type { Book } from '../book.ts';
import { judgeEvents } from './judgeEvents.ts';
import { judgeRun } from './judgeRun.ts';
import { heldRuns, lives, taggedProcesses } from './kernel.ts';
import { readLedger } from './ledger.ts';
import { readLeft, readRows } from './rows.ts';
import type { Rows, RunRow } from './rows.ts';

/** Where the checker looks. */
export interface CheckedPlaces {
  readonly data: string;
  readonly ledger: string;
  /** The compiled trainer: it also asks the kernel which locks are held. */
  readonly trainer: string;
  /** Runs whose runner the chaos has killed. */
  readonly killedRunners: ReadonlySet<string>;
}

const FINISHED = ['completed', 'failed', 'cancelled'];

/**
 * Compares database, events, run folders, the trainers' own account and the kernel. It shares no code with the core. What is wrong
 * is kept once, in the order in which it was found.
 */
export class Checker {
  readonly #places: CheckedPlaces;
  readonly #book: Book;
  readonly #onWrong: (wrong: string) => void;
  readonly #wrong = new Set<string>();
  /** Finished runs that were compared already, with the row they had: a finished run never changes. */
  readonly #judged = new Map<string, string>();
  checks = 0;

  constructor(places: CheckedPlaces, book: Book, onWrong: (wrong: string) => void) {
    this.#onWrong = onWrong;
    this.#places = places;
    this.#book = book;
  }

  get wrong(): readonly string[] {
    return [...this.#wrong];
  }

  get database(): string {
    return join(this.#places.data, 'queue.sqlite');
  }

  /** Notes what somebody else saw. */
  note(wrong: string): void {
    if (!this.#wrong.has(wrong)) this.#onWrong(wrong);
    this.#wrong.add(wrong);
  }

  /** Looks at what a killed core has left behind. */
  afterDeath(): void {
    const started = readLedger(this.#places.ledger);
    const { rows, damage } = readLeft(this.database);
    if (damage !== null) this.note(`the database is damaged: ${damage}`);
    this.#judge(rows, started);
  }

  /** Looks while a core runs. */
  whileItRuns(): Rows {
    // Before the rows: a claim is committed before a trainer starts, so whoever has written by now has a row.
    const started = readLedger(this.#places.ledger);
    const rows = readRows(this.database);
    this.#judge(rows, started);
    return rows;
  }

  /** Looks when everything has come to its end. */
  atTheEnd(): Rows {
    const rows = this.whileItRuns();
    for (const job of rows.jobs) if (!FINISHED.includes(job.status)) this.note(`#${job.id} never ended: ${job.status}`);
    const statuses = new Map(rows.jobs.map(({ id, status }) => [id, status]));
    for (const id of this.#book.surelyCancelled)
      if (statuses.get(id) !== 'cancelled') this.note(`#${id}: its cancel was accepted, and it is ${statuses.get(id)}`);
    for (const line of taggedProcesses(this.#places.ledger)) this.note(`a process is left: ${line}`);
    for (const seen of this.#book.eventsHeard) {
      const event = rows.events[seen.seq - 1];
      if (event?.kind !== seen.kind) this.note(`event ${seen.seq} was told as ${seen.kind} and is ${event?.kind}`);
    }
    return rows;
  }

  #judge(rows: Rows, started: ReturnType<typeof readLedger>): void {
    this.checks += 1;
    const known = new Set(rows.runs.map(({ id }) => id));
    for (const [run, lines] of started)
      if (!known.has(run)) this.note(`run ${run} of #${lines[0]?.job} has started and has no row`);
    for (const wrong of [...judgeEvents(rows), ...this.#judgeJobs(rows)]) this.note(wrong);
    this.#judgeRuns(rows);
  }

  #judgeJobs({ jobs }: Rows): readonly string[] {
    const wrong: string[] = [];
    const names = new Set<string>();
    for (const { name } of jobs) {
      if (names.has(name)) wrong.push(`${name} is there more than once`);
      names.add(name);
    }
    const ids = new Map(jobs.map(({ id, name }) => [id, name]));
    for (const { id, name } of this.#book.accepted)
      if (ids.get(id) !== name) wrong.push(`#${id} ${name} was accepted and is lost`);
    return wrong;
  }

  #judgeRuns({ jobs, runs }: Rows): void {
    const { ledger: folder, trainer, data, killedRunners } = this.#places;
    // After the rows were read: what they call finished must have no member at any later moment.
    const ledger = readLedger(folder);
    const held = heldRuns(trainer, folder);
    const missing = new Set(jobs.filter(({ command }) => command.includes('/no-such-program')).map(({ id }) => id));
    for (const [run, lines] of ledger) {
      if (lines.filter(({ what }) => what === 'start').length > 1) this.note(`run ${run} was started twice`);
      for (const line of lines)
        if (line.what === 'conflict') this.note(`run ${run} of #${line.job} began while ${line.more} was held`);
    }
    for (const row of runs) {
      if (!FINISHED.includes(row.status)) continue;
      const lines = ledger.get(row.id) ?? [];
      if (held.has(row.id)) this.note(`run ${row.id} is ${row.status} and a member holds its lock`);
      const text = JSON.stringify([row.status, row.outcome, row.stop, row.gpus]);
      const before = this.#judged.get(row.id);
      if (before !== undefined && before !== text)
        this.note(`run ${row.id} had ended and has changed: ${before} ${text}`);
      if (before !== undefined) continue;
      for (const { pid, start } of lines)
        if (lives(pid, start)) this.note(`run ${row.id} is ${row.status} and pid ${pid} lives`);
      for (const wrong of judgeRun(row, evidenceOf(row, lines))) this.note(wrong);
      this.#judged.set(row.id, text);
    }

    function evidenceOf(row: RunRow, lines: Parameters<typeof judgeRun>[1]['ledger']): Parameters<typeof judgeRun>[1] {
      return {
        ledger: lines,
        folder: join(data, 'jobs', String(row.job_id), row.id),
        runnerKilled: killedRunners.has(row.id),
        programMissing: missing.has(row.job_id),
      };
    }
  }
}
