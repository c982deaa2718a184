import { z } from 'zod';
import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { GpuUuid, JobId, Ms } from '../domain/job.ts';

/** What one GPU did at one moment: memory in use, memory of the job, utilisation in percent; null is not told. */
export type Reading = readonly [usedMiB: number | null, jobMiB: number | null, utilizationPercent: number | null];

/** All GPUs of a run at one moment. */
export interface RunSample {
  readonly at: Ms;
  /** In the order of the curve's GPUs. */
  readonly readings: readonly Reading[];
}

/** What is kept of a run's GPUs: samples at least `everyMs` apart. */
export interface RunCurve {
  readonly gpus: readonly GpuUuid[];
  readonly everyMs: number;
  readonly samples: readonly RunSample[];
}

/** A screen is no wider; a file of eight GPUs stays below 400 KB. */
export const SAMPLES_MAX = 2_000;

const headSchema = z.object({ gpus: z.array(z.string()), everyMs: z.number().min(0) });
const figure = z.number().nullable();
const sampleSchema = z.tuple([z.number()], z.tuple([figure, figure, figure]));

/** The GPUs of a run as a snapshot shows them; null for a snapshot that says nothing new of them. */
export function sampleOf(snapshot: GpuSnapshot, jobId: JobId, gpus: readonly GpuUuid[]): RunSample | null {
  const { state, sampledAt, staleSince, processesSampledAt, processes } = snapshot;
  if (state !== 'ok' || sampledAt === null || staleSince !== null) return null;
  const readings = gpus.map((uuid): Reading => {
    const gpu = snapshot.gpus.find((each) => each.uuid === uuid);
    const mine = processes.filter((process) => process.jobId === jobId && process.gpuUuid === uuid && !process.leaked);
    const isKnown = processesSampledAt !== null && mine.every(({ memoryUsedMiB }) => memoryUsedMiB !== null);
    const jobMiB = isKnown ? mine.reduce((sum, { memoryUsedMiB }) => sum + (memoryUsedMiB ?? 0), 0) : null;
    return [gpu?.memoryUsedMiB ?? null, jobMiB, gpu?.utilizationPercent ?? null];
  });
  return { at: sampledAt, readings };
}

/** The first line of a file. */
export function headLine({ gpus, everyMs }: Pick<RunCurve, 'gpus' | 'everyMs'>): string {
  return `${JSON.stringify({ gpus, everyMs })}\n`;
}

/** One sample as a line. */
export function sampleLine({ at, readings }: RunSample): string {
  return `${JSON.stringify([at, ...readings])}\n`;
}

/** Reads a file; null when it has no head. A line that was cut short, or goes back in time, is left out. */
export function parseRunCurve(text: string): RunCurve | null {
  const [first = '', ...lines] = text.split('\n');
  const head = headSchema.safeParse(jsonOf(first));
  if (!head.success) return null;
  const samples: RunSample[] = [];
  for (const line of lines) {
    const parsed = sampleSchema.safeParse(jsonOf(line));
    if (!parsed.success) continue;
    const [at, ...readings] = parsed.data;
    if (readings.length === head.data.gpus.length && at > (samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY))
      samples.push({ at, readings });
  }
  return { ...head.data, samples };
}

/** About every second sample, so that as long a time again has room; the first and the last one stay. */
export function thinned(curve: RunCurve): RunCurve {
  const { samples } = curve;
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 3) return curve;
  const usual = (last.at - first.at) / (samples.length - 1);
  const everyMs = Math.ceil(2 * Math.max(usual, curve.everyMs));
  const kept: RunSample[] = [];
  for (const sample of samples) {
    // Samples come a little early or late: half of the usual distance decides.
    if (sample === last || sample.at >= (kept.at(-1)?.at ?? Number.NEGATIVE_INFINITY) + everyMs - usual / 2)
      kept.push(sample);
  }
  return { ...curve, everyMs, samples: kept };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
