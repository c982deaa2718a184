import { appendFile, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GpuUuid } from '../domain/job.ts';
import { headLine, parseRunCurve, sampleLine, SAMPLES_MAX, thinned } from './runCurve.ts';
import type { RunCurve, RunSample } from './runCurve.ts';

const NAME = 'gpu.jsonl';

/** The curve that is kept in a run's folder; null when there is none. */
export async function readRunCurve(folder: string): Promise<RunCurve | null> {
  const text = await textOf(join(folder, NAME));
  return text === null ? null : parseRunCurve(text);
}

/**
 * Adds to the curve in a run's folder. A line that a crash has cut short costs that line alone, and a file that is made
 * shorter is replaced whole.
 */
export class RunCurveFile {
  readonly #path: string;
  readonly #gpus: readonly GpuUuid[];
  /** Null until the file was looked at. */
  #known: { everyMs: number; count: number; lastAt: number } | null = null;

  constructor(folder: string, gpus: readonly GpuUuid[]) {
    this.#path = join(folder, NAME);
    this.#gpus = gpus;
  }

  /** Adds samples in one write, without those that come too soon after the one before. Rejects when the file cannot be written. */
  async add(samples: readonly RunSample[]): Promise<void> {
    const known = (this.#known ??= await this.#open());
    const kept: RunSample[] = [];
    let { lastAt } = known;
    for (const sample of samples) {
      if (sample.at <= lastAt || sample.at < lastAt + known.everyMs) continue;
      kept.push(sample);
      lastAt = sample.at;
    }
    if (kept.length === 0) return;
    await appendFile(this.#path, kept.map(sampleLine).join(''), { mode: 0o600 });
    known.lastAt = lastAt;
    known.count += kept.length;
    if (known.count >= SAMPLES_MAX) this.#known = await this.#shorten();
  }

  async #open(): Promise<{ everyMs: number; count: number; lastAt: number }> {
    const text = await textOf(this.#path);
    const curve = text === null ? null : parseRunCurve(text);
    const isOurs = curve !== null && curve.gpus.join() === this.#gpus.join();
    if (!isOurs) {
      // Never makes the folder: a run that has none leaves no curve.
      await stat(dirname(this.#path));
      await this.#replace({ gpus: this.#gpus, everyMs: 0, samples: [] });
      return { everyMs: 0, count: 0, lastAt: Number.NEGATIVE_INFINITY };
    }
    if (text !== null && !text.endsWith('\n')) await appendFile(this.#path, '\n');
    return {
      everyMs: curve.everyMs,
      count: curve.samples.length,
      lastAt: curve.samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY,
    };
  }

  async #shorten(): Promise<{ everyMs: number; count: number; lastAt: number } | null> {
    const curve = parseRunCurve((await textOf(this.#path)) ?? '');
    if (curve === null) return null;
    const short = thinned(curve);
    await this.#replace(short);
    return {
      everyMs: short.everyMs,
      count: short.samples.length,
      lastAt: short.samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY,
    };
  }

  async #replace(curve: RunCurve): Promise<void> {
    await writeFile(`${this.#path}.new`, headLine(curve) + curve.samples.map(sampleLine).join(''), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
