import { closeSync, openSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { required } from '../../../src/shared/result.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { ServedCore } from '../servedCore.ts';
import { median, quantile, rounded } from '../statistics.ts';

const BYTES = 5e9;
const QUICK_BYTES = 5e8;
const PART_BYTES = 65_536;
const NEEDLE = 'loss=nan: the only line of its kind';
const SAMPLES = 30;
const SEARCHED_BYTES = 512 * 1024 * 1024;

/** A log of 5 GB, real lines in it, opened and searched over HTTP. */
export const largeLog: Measure = {
  name: 'large-log',
  title: '5 GB log',
  async run({ folder, quick, times, say }: Context): Promise<Findings> {
    const size = quick ? QUICK_BYTES : BYTES;
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < size * 1.2) throw new Error(`${folder} has no room for a log of ${size / 1e9} GB`);
    await using core = await ServedCore.open(join(folder, 'data'));
    const id = await core.submit({ command: ['true'], cwd: folder });
    await core.ask('jobs.await', { jobId: id, waitMs: 30_000 });
    const { runDirectory } = await core.ask('jobs.get', { jobId: id });
    writeLog(join(required(runDirectory, 'it has run'), 'output.log'), size);
    say(`${size / 1e9} GB are written`);

    const timed = async (path: string): Promise<number> => {
      const from = performance.now();
      await core.http('GET', path);
      return performance.now() - from;
    };
    const part = (offset: number): string => `/jobs/${id}/log?offset=${offset}&limit=${PART_BYTES}`;
    const end: number[] = [];
    const start: number[] = [];
    const speed: number[] = [];
    const longest = await core.watchLoop();
    for (let time = 0; time < times(SAMPLES); time += 1) {
      end.push(await timed(part(-PART_BYTES)));
      start.push(await timed(part(0)));
      // Of a text that is nowhere: every byte from there on is looked at.
      const from = Math.max(0, size - SEARCHED_BYTES);
      speed.push((size - from) / 1e6 / ((await timed(`/jobs/${id}/find?text=nowhere-at-all&from=${from}`)) / 1_000));
    }
    const block = await longest();
    const from = performance.now();
    const { offset } = JSON.parse(await core.http('GET', `/jobs/${id}/find?text=${encodeURIComponent(NEEDLE)}`)) as {
      readonly offset: number | null;
    };
    const whole = performance.now() - from;
    if (offset === null) throw new Error('the line was not found');
    return {
      samples: { end, start, speed, whole: [whole] },
      figures: [
        {
          what: `log of ${size / 1e9} GB: open at its end`,
          value: median(end),
          unit: 'ms',
          bound: { is: 'at most', value: 100 },
          beside: `worst of ${end.length}: ${rounded(quantile(end, 1))} ms`,
        },
        {
          what: '… jump to its start',
          value: median(start),
          unit: 'ms',
          bound: { is: 'at most', value: 100 },
          beside: `worst of ${start.length}: ${rounded(quantile(start, 1))} ms`,
        },
        {
          what: '… search to the first hit',
          value: median(speed),
          unit: 'MB/s',
          bound: { is: 'at least', value: 500 },
          beside: `the whole file, hit in its last line: ${rounded(whole / 1_000)} s; longest block of the event loop meanwhile ${rounded(block)} ms`,
          note: 'over the last 512 MiB; the file was written just before, so that memory holds what fits in it',
        },
      ],
    };
  },
};

function writeLog(path: string, size: number): void {
  const lines = Array.from(
    { length: 10_000 },
    (_, step) =>
      `step ${step} loss=${(10 / (step + 1)).toFixed(4)} lr=0.0003 throughput=${1_000 + (step % 97)} tok/s\n`,
  );
  const block = Buffer.from(lines.join('').repeat(8));
  const last = Buffer.from(`${NEEDLE}\n`);
  const file = openSync(path, 'w');
  let left = size - last.length;
  for (; left > 0; left -= block.length) writeSync(file, block, 0, Math.min(left, block.length));
  writeSync(file, last);
  closeSync(file);
}
