import { BareCommits } from '../floors.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { interleaved, median, ratio, rounded } from '../statistics.ts';

const SAMPLES = 200;

/** A queued job leaves: from the call to the record that a crash cannot undo. */
export const cancelQueued: Measure = {
  name: 'cancel-queued',
  title: 'cancel of a queued job',
  async run({ folder, times }: Context): Promise<Findings> {
    await using core = await ServedCore.open(`${folder}/data`);
    await core.ask('queue.setMode', { mode: 'pause' });
    using floor = new BareCommits(folder);
    const submit = (): Promise<number> => core.submit({ command: ['true'], cwd: folder });
    const samples = await interleaved(times(SAMPLES), {
      floor: async () => floor.take(),
      call: async () => core.timed('jobs.cancel', { jobId: await submit() }),
      http: async () => {
        const id = await submit();
        const from = performance.now();
        await core.http('POST', `/cancel/${id}`);
        return performance.now() - from;
      },
    });
    return {
      samples,
      figures: [
        {
          what: 'cancel of a queued job, call → durable, against one commit of SQLite',
          value: ratio(samples.call, samples.floor),
          unit: 'x',
          bound: { is: 'at most', value: 3 },
          beside: `${rounded(median(samples.call))} ms; floor ${rounded(median(samples.floor))} ms; over HTTP ${rounded(median(samples.http))} ms`,
        },
      ],
    };
  },
};
