import { createHash } from 'node:crypto';
import { cpus, release } from 'node:os';
import type { Book } from './book.ts';
import type { ChaosOptions } from './chaos.ts';
import type { Checker } from './checker/checker.ts';
import type { Rows } from './checker/rows.ts';
import type { Place } from './place.ts';
import type { Saboteur } from './saboteur.ts';
import type { Schedule } from './schedule.ts';
import type { ServedCore } from './servedCore.ts';

/** What a chaos came to. */
export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly variant: 'headless' | 'app';
  readonly startedAt: string;
  readonly machine: string;
  /** What this machine could not do. */
  readonly leftOut: readonly string[];
  /** Fingerprint of the schedule: the same for the same seed and length. */
  readonly schedule: string;
  readonly asks: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly coreStarts: number;
  readonly jobs: Readonly<Record<string, number>>;
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly events: number;
  readonly eventsHeard: number;
  readonly checks: number;
  readonly wrong: readonly string[];
}

/** Puts together what happened. */
export function reportOf(parts: {
  readonly options: ChaosOptions;
  readonly place: Place;
  readonly schedule: Schedule;
  readonly book: Book;
  readonly checker: Checker;
  readonly saboteur: Saboteur;
  readonly core: ServedCore;
  readonly rows: Rows;
  readonly startedAt: Date;
}): ChaosReport {
  const { options, place, schedule, book, checker, saboteur, core, rows } = parts;
  return {
    seed: options.seed,
    seconds: options.seconds,
    variant: options.app ? 'app' : 'headless',
    startedAt: parts.startedAt.toISOString(),
    machine: `Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}`,
    leftOut: place.ownDisk ? [] : ['no disk of its own could be mounted: disk-full and folder-read-only were left out'],
    schedule: createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 16),
    asks: schedule.clients.reduce((sum, asks) => sum + asks.length, 0),
    answers: sorted(book.answers),
    faults: sorted(saboteur.counts),
    coreStarts: core.starts,
    jobs: { accepted: book.accepted.length, ...tally(rows.jobs.map(({ status }) => status)) },
    runs: rows.runs.length,
    outcomes: tally(rows.runs.map(({ outcome }) => outcome?.kind ?? 'none')),
    events: rows.events.length,
    eventsHeard: book.eventsHeard.length,
    checks: checker.checks,
    wrong: checker.wrong,
  };
}

/** The report as a page shows it. */
export function markdownOf(report: ChaosReport): string {
  const rows = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(' · ');
  return [
    `Seed ${report.seed}, ${report.seconds / 60} minutes, ${report.variant}, ${report.startedAt.slice(0, 10)}, ${report.machine}.`,
    ...report.leftOut.map((line) => `\nLeft out: ${line}.`),
    '',
    '| what | count |',
    '|---|---|',
    `| starts of the core | ${report.coreStarts} |`,
    `| faults | ${rows(report.faults)} |`,
    `| scheduled asks of 4 clients | ${report.asks} |`,
    `| answers by status | ${rows(report.answers)} |`,
    `| jobs | ${rows(report.jobs)} |`,
    `| runs | ${report.runs}: ${rows(report.outcomes)} |`,
    `| numbered events | ${report.events}, ${report.eventsHeard} of them heard over HTTP, each once |`,
    `| looks of the checker | ${report.checks} |`,
    `| **wrong** | **${report.wrong.length}** |`,
    ...report.wrong.slice(0, 20).map((line) => `| | ${line.replaceAll('|', '\\|').slice(0, 300)} |`),
    '',
  ].join('\n');
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => a.localeCompare(b)));
}

function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sorted(counts);
}
