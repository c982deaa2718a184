import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { markdownOf } from './report.ts';
import { writeInto } from './writeInto.ts';

// Started by scripts/chaos.mjs, in namespaces of its own where that is allowed.
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    app: { type: 'boolean', default: false },
    json: { type: 'string' },
    docs: { type: 'string' },
    keep: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const seconds = Number(values.minutes) * 60;
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) throw new Error('--minutes N and --seed S are numbers');
const began = performance.now();
const say = (line: string): void => {
  if (values.verbose) process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1)} ${line}\n`);
};
process.stdout.write(`chaos: seed ${seed}, ${seconds} s\n`);
const report = await chaos({ seconds, seed, app: values.app, keep: values.keep, say });
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.docs !== undefined) writeInto(values.docs, `chaos-${report.variant}`, markdownOf(report));
process.stdout.write(markdownOf(report));
for (const wrong of report.wrong) process.stdout.write(`wrong: ${wrong}\n`);
process.exit(report.wrong.length === 0 ? 0 : 1);
