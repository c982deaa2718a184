import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { announcedIn, isGone, until } from '../../../tests/helpers/process.ts';
import type { Identity } from '../../../tests/helpers/process.ts';
import { hazard as fixture } from '../../../tests/helpers/runner.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { interleaved, median, ratio, rounded } from '../statistics.ts';

const SAMPLES = 30;
/** Ten children of each, three levels of them: 1 + 10 + 100 + 1000. */
const SHAPE = ['10', '3', 'default'];

/** A tree of a thousand processes that ends when it is told to. */
export const stopTree: Measure = {
  name: 'stop-tree',
  title: 'stop of a 1 000-process tree',
  async run({ folder, times }: Context): Promise<Findings> {
    await using core = await ServedCore.open(join(folder, 'data'));
    const samples = await interleaved(times(SAMPLES), {
      floor: () => bareKill(join(folder, 'bare')),
      ours: () => cancel(core, join(folder, 'ours')),
    });
    return {
      samples,
      figures: [
        {
          what: 'stop of a tree of 1 111 processes, cancel → none is left and that is on disk, against a bare kill',
          value: ratio(samples.ours, samples.floor),
          unit: 'x',
          bound: { is: 'at most', value: 2 },
          beside: `${rounded(median(samples.ours))} ms, level by level; floor (SIGTERM to the process group, until the last is gone) ${rounded(median(samples.floor))} ms`,
        },
      ],
    };
  },
};

async function bareKill(place: string): Promise<number> {
  mkdirSync(place, { recursive: true });
  const main = spawn(fixture('tree'), [place, ...SHAPE], { detached: true, stdio: 'ignore' });
  const tree = await readyIn(place);
  const from = performance.now();
  process.kill(-(main.pid ?? 0), 'SIGTERM');
  await allGone(tree);
  const took = performance.now() - from;
  rmSync(place, { recursive: true });
  return took;
}

async function cancel(core: ServedCore, place: string): Promise<number> {
  mkdirSync(place, { recursive: true });
  const id = await core.submit({ command: [fixture('tree'), place, ...SHAPE], cwd: place, grace_seconds: 30 });
  const tree = await readyIn(place);
  const from = performance.now();
  await core.http('POST', `/cancel/${id}`);
  const took = performance.now() - from;
  if (!tree.every(isGone)) throw new Error('a process outlived its cancel');
  rmSync(place, { recursive: true });
  return took;
}

async function readyIn(place: string): Promise<Identity[]> {
  await until('the tree', () => existsSync(join(place, 'ready')), place, 60_000);
  return announcedIn(place);
}

/** Looks at one process until it is gone, then at the next: a look at a thousand would be what is measured. */
async function allGone(tree: readonly Identity[]): Promise<void> {
  for (const identity of tree) while (!isGone(identity)) await new Promise((resolve) => setImmediate(resolve));
}
