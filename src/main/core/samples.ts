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

/** The sample runs that ship with the app, ready to submit on this machine; none when the folder is not there. */
export function loadSamples(folder: string): readonly SampleView[] {
  const path = join(folder, 'samples.json');
  if (!existsSync(path)) return [];
  return sampleFileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).map((sample) => {
    const usesRuntime = sample.command.includes('{runtime}');
    return {
      id: sample.id,
      title: sample.title,
      about: sample.about,
      submission: {
        name: sample.title,
        command: sample.command.map((argument) => argument.replaceAll('{runtime}', process.execPath).replaceAll('{samples}', folder)),
        cwd: folder,
        env: { ...sample.env, ...(usesRuntime && process.versions['electron'] !== undefined ? { ELECTRON_RUN_AS_NODE: '1' } : {}) },
        gpus: sample.gpus,
        stopSignal: sample.stop_signal,
        graceSeconds: sample.grace_seconds,
      },
    };
  });
}
