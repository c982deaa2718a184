import { parseArgs } from 'node:util';
import { CATALOGUE } from '../../tests/hazards/catalogue.ts';
import type { Hazard } from '../../tests/hazards/catalogue.ts';
import { lacking } from '../../tests/hazards/machine.ts';
import { perform } from '../../tests/hazards/perform.ts';
import type { TestRunner } from '../../tests/hazards/runners.ts';
import { measure } from './measure.ts';
import type { Measures } from './measure.ts';
import { measuresReportOf, reportOf, writeDocument } from './report.ts';
import type { Part, Row } from './report.ts';

/*
 * Performs the hazard corpus many times and prints what came of it. Exit code 1 when a bound that the native runner must
 * hold does not hold: 0 survivors, 0 wrong kills, 0 lost checkpoints, everything ended and told as it was, and the
 * measures within theirs.
 */

const STORMS_TIMES = 5;
/** Most hazards wait most of the time: so many performances of one are beside each other. */
const AT_A_TIME = 4;
const DEFAULT_REPEAT = 3;
const LONGEST_PROBLEM = 300;
const MEASURES = 'measures';
const USAGE = 'npm run hazards -- [--repeat N] [--runner native|portable] [--only name|measures] [--write-doc]';

interface Options {
  readonly repeat: number;
  readonly runner: TestRunner;
  readonly only: string;
  readonly writeDoc: boolean;
}

const options = readOptions();
if (options === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  await main(options);
}

async function main({ repeat, runner, only, writeDoc }: Options): Promise<void> {
  const broken: string[] = [];
  if (only !== MEASURES) {
    const rows: Row[] = [];
    const began = Date.now();
    for (const hazard of CATALOGUE) if (hazard.name.includes(only)) rows.push(await performAll(hazard, runner, repeat));
    tell(runner, reportOf({ runner, repeat, rows, seconds: (Date.now() - began) / 1000 }), writeDoc && only === '');
    broken.push(...rows.flatMap(brokenBy));
  }
  if (runner === 'native' && (only === '' || only === MEASURES)) {
    const measures = await measure(repeat);
    tell(MEASURES, measuresReportOf(measures), writeDoc);
    broken.push(...beyond(measures));
  }
  for (const line of broken) process.stdout.write(`DOES NOT HOLD: ${line}\n`);
  if (runner === 'native' && broken.length > 0) process.exitCode = 1;
}

function tell(part: Part, report: string, writeDoc: boolean): void {
  process.stdout.write(`\n${report}\n\n`);
  if (writeDoc) writeDocument(part, report);
}

async function performAll(hazard: Hazard, runner: TestRunner, repeat: number): Promise<Row> {
  const why = lacking(hazard.needs);
  const row: Row = { hazard, why, performances: [], problems: [] };
  if (why === null) {
    let left = hazard.kind === 'run' && hazard.isStorm ? repeat * STORMS_TIMES : repeat;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await performOnce(row, runner);
    };
    const isAlone = hazard.kind === 'run' && hazard.alone;
    await Promise.all(Array.from({ length: isAlone ? 1 : AT_A_TIME }, lane));
  }
  process.stdout.write(
    `${hazard.name}: ${why ?? `${row.performances.length} runs, ${row.problems.length} problems`}\n`,
  );
  return row;
}

async function performOnce({ hazard, performances, problems }: Row, runner: TestRunner): Promise<void> {
  try {
    const came = await perform(hazard, runner, 'shipped');
    performances.push(came);
    problems.push(...came.problems);
  } catch (error) {
    problems.push((error instanceof Error ? error.message : String(error)).slice(0, LONGEST_PROBLEM));
  }
}

function brokenBy({ hazard, performances, problems }: Row): string[] {
  const sum = (value: (performance: Row['performances'][number]) => number): number =>
    performances.reduce((total, performance) => total + value(performance), 0);
  const found = [
    [sum(({ survivors }) => survivors), 'survivors'],
    [sum(({ wrongKills }) => wrongKills), 'wrong kills'],
    [sum(({ checkpointsLost }) => checkpointsLost), 'checkpoints lost'],
  ] as const;
  return [
    ...found.filter(([count]) => count > 0).map(([count, what]) => `${hazard.name}: ${count} ${what}`),
    ...[...new Set(problems)].map((problem) => `${hazard.name}: ${problem}`),
  ];
}

function beyond({ measured }: Measures): string[] {
  return measured
    .filter(({ value, bound }) => value > bound)
    .map(({ what, value, bound, unit }) => `${what}: ${value} ${unit}, more than ${bound} ${unit}`);
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        repeat: { type: 'string', default: String(DEFAULT_REPEAT) },
        runner: { type: 'string', default: 'native' },
        only: { type: 'string', default: '' },
        'write-doc': { type: 'boolean', default: false },
      },
    });
    const { repeat, runner, only } = values;
    if (!/^[1-9]\d{0,4}$/.test(repeat) || (runner !== 'native' && runner !== 'portable')) return null;
    if (only !== MEASURES && !CATALOGUE.some(({ name }) => name.includes(only)))
      throw new Error(`no hazard is called ${only}`);
    return { repeat: Number(repeat), runner, only, writeDoc: values['write-doc'] };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}
