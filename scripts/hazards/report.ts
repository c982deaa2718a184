import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import type { Hazard } from '../../tests/hazards/catalogue.ts';
import { WITNESS } from '../../tests/hazards/groundTruth.ts';
import type { Performance } from '../../tests/hazards/performance.ts';
import type { TestRunner } from '../../tests/hazards/runners.ts';
import type { Measures } from './measure.ts';
import { median } from './statistics.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../docs/hazards.md');

/** All performances of one hazard. */
export interface Row {
  readonly hazard: Hazard;
  /** Why the machine cannot do it, or null. */
  readonly why: string | null;
  readonly performances: Performance[];
  readonly problems: string[];
}

interface Results {
  readonly runner: TestRunner;
  readonly repeat: number;
  readonly rows: readonly Row[];
  readonly seconds: number;
}

/** A part of docs/hazards.md that is written by the script. */
export type Part = TestRunner | 'measures';

/** The results as Markdown. */
export function reportOf({ runner, repeat, rows, seconds }: Results): string {
  return [
    `${measuredWith(`--repeat ${repeat} --runner ${runner}`)}; ${Math.round(seconds)} s. Survivors are told by ${WITNESS}.`,
    '',
    ...table(
      ['hazard', 'what it is', 'runs', 'survivors', 'wrong kills', 'checkpoints lost', 'median ms', 'max ms'],
      rows.map((row) => cellsOf(row, runner)),
    ),
    ...holesOf(rows, runner),
  ].join('\n');
}

/** The measures as Markdown. */
export function measuresReportOf({ measured, details, times }: Measures): string {
  return [
    `${measuredWith('--only measures')}; ${times} of each, in turn.`,
    '',
    ...table(
      ['measure', 'value', 'bound'],
      measured.map(({ what, value, bound, unit }) => [what, `${value} ${unit}`, `${bound} ${unit}`]),
    ),
    '',
    ...table(
      ['co-operative tree', 'bare kill, median ms', 'runner, median ms', 'difference, median ms'],
      details.map(({ tree, bareMs, runnerMs, differenceMs }) => [
        tree,
        ...[bareMs, runnerMs, differenceMs].map(String),
      ]),
    ),
  ].join('\n');
}

/** Puts a report into docs/hazards.md, between the marks of its part. */
export function writeDocument(part: Part, report: string): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/hazards.md has no marks for ${part}`);
  writeFileSync(DOCUMENT, `${text.slice(0, from)}${begin}\n${report}\n${text.slice(to)}`);
}

function measuredWith(options: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 1024 ** 3);
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const machine = `${type()} ${release()}, ${arch()}, ${cpus().length} cores, ${memory} GiB, load at the end ${load}`;
  return `Measured on ${date} with \`npm run hazards -- ${options}\`: ${machine}`;
}

function cellsOf({ hazard, why, performances, problems }: Row, runner: TestRunner): string[] {
  const title = hazard.title.replaceAll('|', '\\|');
  if (why !== null) return [hazard.name, `${title} — skipped: ${why}`, '0', '-', '-', '-', '-', '-'];
  const sum = (value: (performance: Performance) => number): string =>
    String(performances.reduce((total, performance) => total + value(performance), 0));
  const gone = performances.flatMap(({ goneMs }) => goneMs ?? []);
  const checks = hazard.kind === 'run' && hazard.expect.checkpoints !== undefined;
  const marks = [
    runner === 'portable' && hazard.portableHole !== undefined ? ' (hole)' : '',
    problems.length > 0 ? ` (${problems.length} problems)` : '',
  ];
  return [
    hazard.name,
    title + marks.join(''),
    String(performances.length),
    sum(({ survivors }) => survivors),
    sum(({ wrongKills }) => wrongKills),
    checks ? sum(({ checkpointsLost }) => checkpointsLost) : '-',
    gone.length === 0 ? '-' : median(gone).toFixed(1),
    gone.length === 0 ? '-' : Math.max(...gone).toFixed(1),
  ];
}

/** The sentences about what the portable runner cannot do, each once. */
function holesOf(rows: readonly Row[], runner: TestRunner): string[] {
  const holes = rows.flatMap(({ hazard }) =>
    hazard.portableHole === undefined ? [] : [{ ...hazard.portableHole, hazard }],
  );
  if (runner === 'native' || holes.length === 0) return [];
  const sentences = [...new Set(holes.map(({ sentence }) => sentence))];
  return [
    '',
    'Holes:',
    ...sentences.map((sentence) => {
      const names = holes.filter((hole) => hole.sentence === sentence).map(({ hazard }) => hazard.name);
      return `- ${names.join(', ')}: ${sentence}`;
    }),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column < 2 ? '---' : '---:'))), ...rows.map(line)];
}
