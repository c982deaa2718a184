import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunPaths } from '../../runs/runFiles.ts';

const schema = z.object({ tag: z.string(), via: z.string(), output: z.string(), askedAt: z.int() });
/** That sbatch was about to be asked to take a run: written before, so that a run is never submitted twice. */
export type SubmitRecord = z.output<typeof schema>;

/** Keeps the record in the run's folder. */
export function writeSubmitRecord(paths: RunPaths, record: SubmitRecord): void {
  writeFileSync(pathOf(paths), JSON.stringify(record), { mode: 0o600 });
}

/** The record of a run, or null when sbatch was never asked. */
export function readSubmitRecord(paths: RunPaths): SubmitRecord | null {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(pathOf(paths), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function pathOf(paths: RunPaths): string {
  return join(paths.directory, 'slurm.json');
}
