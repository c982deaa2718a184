import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDocument } from './document.ts';
import { machineFacts } from './machine.ts';
import type { Measure } from './measure.ts';
import { MEASURES } from './measures.ts';
import { missed, tableOf } from './table.ts';
import type { Row } from './table.ts';

/*
 * Takes every measure, prints the table, and writes it with all samples as JSON. A measure that fails is told and the others
 * go on. A whole run also writes docs/benchmarks.md. Exit code 1 when a figure is not what it must be.
 */

const USAGE = 'npm run bench -- [--quick] [--only name,…] [--out folder]';
const QUICK_SAMPLES = 3;

const options = readOptions();
if (options === null) {
  process.stderr.write(`${USAGE}\nmeasures: ${MEASURES.map(({ name }) => name).join(', ')}\n`);
  process.exitCode = 2;
} else {
  await main(options.measures, options.quick, options.out, options.isWhole);
}

async function main(measures: readonly Measure[], quick: boolean, out: string, isWhole: boolean): Promise<void> {
  const facts = machineFacts();
  const rows: Row[] = [];
  for (const measure of measures) rows.push(await take(measure, quick));
  const report = { ...facts, quick, rows };
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'bench-results.json'), `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`\n${tableOf(rows)}\n\n${join(out, 'bench-results.json')} has every sample.\n`);
  if (isWhole) writeDocument(machineFacts(), rows);
  for (const line of missed(rows)) process.stdout.write(`MISSED: ${line}\n`);
  if (missed(rows).length > 0) process.exitCode = 1;
}

async function take({ name, title, run }: Measure, quick: boolean): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const began = performance.now();
  const say = (line: string): void => void process.stdout.write(`${name}: ${line}\n`);
  say('begins');
  const seconds = (): number => Math.round((performance.now() - began) / 100) / 10;
  try {
    const times = (full: number): number => (quick ? Math.min(QUICK_SAMPLES, full) : full);
    const findings = await run({ quick, folder, say, times });
    say(`done in ${seconds()} s`);
    return { name, title, ...findings, seconds: seconds(), error: null };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? words) : words}\n`);
    return { name, title, figures: [], samples: {}, seconds: seconds(), error: words };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, out: { type: 'string' } },
    });
    const names = values.only?.split(',') ?? null;
    const unknown = names?.find((name) => !MEASURES.some((measure) => measure.name === name));
    if (unknown !== undefined) throw new Error(`there is no measure ${unknown}`);
    const measures = MEASURES.filter(({ name }) => names === null || names.includes(name));
    const out = resolve(values.out ?? join(tmpdir(), 'trainyard-bench'));
    return { measures, quick: values.quick, out, isWhole: names === null && !values.quick };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}
