import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { SampleView } from '../../shared/contract.ts';
import { STOP_SIGNAL_NAMES } from '../../shared/signals.ts';

const sampleFileSchema = z.array(
  z.object({
    id: z.string(),
    title: z.string(),
    about: z.string(),
    /** `{runtime}` stands for this app's own JavaScript runtime, `{samples}` for the folder of the samples. */
    command: z.array(z.string()).min(1),
    needs: z.enum(['nothing', 'python-torch']),
    gpus: z.int().min(0),
    env: z.record(z.string(), z.string()).default({}),
    stop_signal: z.enum(STOP_SIGNAL_NAMES),
    grace_seconds: z.number(),
  }),
);

type SampleFile = z.output<typeof sampleFileSchema>[number];

/** Importing PyTorch takes seconds on a cold disk; after this it counts as not there. */
const TORCH_LIMIT_MS = 30_000;

/** The sample runs that can run on this machine. */
export interface Samples {
  /** Ready to submit; those that need PyTorch are there when `python3 -c 'import torch'` works, and ask for a GPU when there is one. */
  list(hasGpu: boolean): Promise<readonly SampleView[]>;
}

/** Reads what ships in `folder`; no samples when it is not there. PyTorch is looked for once, at the first question. */
export function createSamples(folder: string): Samples {
  const path = join(folder, 'samples.json');
  const files = existsSync(path) ? sampleFileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : [];
  let torch: Promise<boolean> | null = null;
  return {
    async list(hasGpu) {
      torch ??= files.some(({ needs }) => needs === 'python-torch') ? canImportTorch() : Promise.resolve(false);
      const torchIsThere = await torch;
      return files
        .filter(({ needs }) => needs === 'nothing' || torchIsThere)
        .map((sample) => viewOf(sample, folder, hasGpu));
    },
  };
}

function viewOf(sample: SampleFile, folder: string, hasGpu: boolean): SampleView {
  return {
    id: sample.id,
    title: sample.title,
    about: sample.about,
    submission: {
      name: sample.title,
      command: sample.command.map((argument) =>
        argument.replaceAll('{runtime}', process.execPath).replaceAll('{samples}', folder),
      ),
      cwd: folder,
      env: sample.env,
      gpus: hasGpu ? sample.gpus : 0,
      stopSignal: sample.stop_signal,
      graceSeconds: sample.grace_seconds,
    },
  };
}

function canImportTorch(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('python3', ['-c', 'import torch'], { timeout: TORCH_LIMIT_MS, windowsHide: true }, (error) =>
      resolve(error === null),
    );
  });
}
