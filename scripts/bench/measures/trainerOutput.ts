import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hazard as fixture } from '../../../tests/helpers/runner.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { interleaved, median, ratio, rounded } from '../statistics.ts';

const SAMPLES = 30;
const MIB_PER_SECOND = 200;
const SECONDS = 1;

/** A trainer that writes 200 MB/s to its standard output, under the queue and straight into a file. */
export const trainerOutput: Measure = {
  name: 'output',
  title: 'trainer writing 200 MB/s to stdout',
  async run({ folder, times }: Context): Promise<Findings> {
    await using core = await ServedCore.open(join(folder, 'data'));
    const took = join(folder, 'took');
    const command = [fixture('writes'), took, String(MIB_PER_SECOND), String(SECONDS)];
    const samples = await interleaved(times(SAMPLES), {
      floor: async () => {
        const path = join(folder, 'straight.log');
        const out = openSync(path, 'w');
        const [program = '', ...words] = command;
        await once(spawn(program, words, { stdio: ['ignore', out, out] }), 'exit');
        closeSync(out);
        rmSync(path);
        return millisecondsIn(took);
      },
      ours: async () => {
        const id = await core.submit({ command, cwd: folder });
        await core.ask('jobs.await', { jobId: id, waitMs: 60_000 });
        const { runDirectory } = await core.ask('jobs.get', { jobId: id });
        if (runDirectory !== null) rmSync(join(runDirectory, 'output.log'));
        return millisecondsIn(took);
      },
    });
    return {
      samples,
      figures: [
        {
          what: `trainer writing ${MIB_PER_SECOND} MB/s to stdout, its time against the same straight to a file`,
          value: ratio(samples.ours, samples.floor),
          unit: 'x',
          bound: { is: 'at most', value: 1.02 },
          beside: `${rounded(median(samples.ours))} ms, followed for its progress meanwhile; floor ${rounded(median(samples.floor))} ms`,
          note: 'from its first instruction to its last write; the output is a file either way',
        },
      ],
    };
  },
};

function millisecondsIn(path: string): number {
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  return Number(text) / 1e6;
}
