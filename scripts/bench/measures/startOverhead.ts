import { join } from 'node:path';
import { bareForkExec, stampCommand, untilFirstInstruction } from '../floors.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { interleaved, median, rounded } from '../statistics.ts';

const SAMPLES = 100;

/** From the submit on an idle queue to the trainer's first instruction. */
export const startOverhead: Measure = {
  name: 'start',
  title: 'job start overhead',
  async run({ folder, times }: Context): Promise<Findings> {
    await using core = await ServedCore.open(join(folder, 'data'));
    const file = join(folder, 'stamp');
    const samples = await interleaved(times(SAMPLES), {
      floor: () => bareForkExec(folder),
      ours: async () => {
        const from = process.hrtime.bigint();
        const id = await core.submit({ command: stampCommand(file), cwd: folder });
        const took = await untilFirstInstruction(from, file);
        await core.ask('jobs.await', { jobId: id, waitMs: 30_000 });
        return took;
      },
    });
    const [ours, floor] = [median(samples.ours), median(samples.floor)];
    return {
      samples,
      figures: [
        {
          what: 'job start: submit over HTTP on an idle queue → trainer’s first instruction, more than a bare fork and exec',
          value: ours - floor,
          unit: 'ms',
          bound: { is: 'at most', value: 10 },
          beside: `${rounded(ours)} ms; floor ${rounded(floor)} ms`,
        },
      ],
    };
  },
};
