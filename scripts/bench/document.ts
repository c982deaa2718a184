import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineFacts } from './machine.ts';
import { holds } from './measure.ts';
import { tableOf } from './table.ts';
import type { Row } from './table.ts';

const PATH = join(import.meta.dirname, '../../docs/benchmarks.md');

/** Writes docs/benchmarks.md. */
export function writeDocument(facts: MachineFacts, rows: readonly Row[]): void {
  writeFileSync(PATH, documentOf(facts, rows));
}

/** The page as `npm run bench` leaves it. */
export function documentOf(facts: MachineFacts, rows: readonly Row[]): string {
  const { date, system, processor, cores, memoryGib, load, versions } = facts;
  const figures = rows.flatMap((row) => row.figures);
  const missed = figures.filter((figure) => holds(figure) === false).length + rows.filter((row) => row.error).length;
  const bound = figures.filter(({ bound: of }) => of !== null).length;
  const minutes = Math.ceil(rows.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  return `# Benchmarks

Written by \`npm run bench\` on ${date}: ${system}, ${cores} × ${processor}, ${memoryGib} GiB. ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.
Load of the machine at the end: ${load.toFixed(1)}. The whole run took ${minutes} minutes.
Of ${bound} figures with a bound ${missed === 0 ? 'all are within it' : `${missed} are not within it or could not be taken`}.

Absolute times drift with the machine, so each figure stands beside a floor or a peer that was measured in the same run, in
turns with it. Figures are medians of 30 or more samples unless they say otherwise. \`--out folder\` says where all samples go.

${tableOf(rows)}

- *floor*: the least that the system itself takes for it: a bare fork and exec, a bare kill, one commit of SQLite with the same
  settings, the same program writing to a file.
- *tsp*: task-spooler, one process per waiting job, nothing on disk. *Slurm*: a real cluster of one node on this machine.
- What is stopped is measured to the end of its last process, what is cancelled to its record on disk.
- What the native runner costs by itself: [hazards.md](hazards.md). \`npm run test:gpu\` is written for a machine with a CUDA GPU;
  there are no figures of real GPU memory here.
`;
}
