import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { required } from '../../src/shared/result.ts';
import { createSimulator } from '../../tests/integration/gpu/simulator.ts';
import { launchApp } from './launch.ts';
import type { LaunchedApp } from './launch.ts';

const PICTURES = resolve(import.meta.dirname, '../../docs/pictures');
const LIMIT_MS = 120_000;

/** The README's pictures: the real app and real sample runs, on a machine whose two GPUs are simulated. */
const machine = createSimulator({
  gpus: [
    { name: 'NVIDIA RTX 6000 Ada Generation', memoryTotalMiB: 49_140, memoryUsedMiB: 300 },
    { name: 'NVIDIA GeForce RTX 4090', memoryTotalMiB: 24_564, memoryUsedMiB: 260 },
  ],
  rampMs: 1_500,
});
mkdirSync(PICTURES, { recursive: true });
const app = await launchApp({
  TRAINYARD_SIM_SCENARIO: required(machine.env['TRAINYARD_SIM_SCENARIO'], 'the simulator names its scenario'),
});
try {
  await takePictures(app);
} finally {
  await app.ask('jobs.cancelMany', { jobs: 'all', force: true });
  await app.end();
  machine.remove();
}

async function takePictures({ page, queue, ask }: LaunchedApp): Promise<void> {
  page.setDefaultTimeout(LIMIT_MS);
  await page.evaluate(() => document.documentElement.setAttribute('data-theme', 'light'));
  await ask('settings.set', { nvidiaSmiPath: machine.command });
  const { samples } = await ask('samples.list', {});
  const { submission } = required(
    samples.find(({ id }) => id === 'digits'),
    'the sample “digits” ships with the app',
  );
  const submit = async (name: string, gpus: number, memory: number): Promise<number> => {
    const scenario = required(machine.env['TRAINYARD_SIM_SCENARIO'], 'the simulator names its scenario');
    const env = { ...submission.env, SIM_GPU_MIB: String(memory), TRAINYARD_SIM: scenario };
    return (await ask('jobs.submit', { ...submission, name, gpus, env })).id;
  };
  await ask('gpus.lookAgain', {});
  const first = await submit('digits-baseline', 1, 17_600);
  const second = await submit('digits-lr-3e-3', 1, 11_200);
  await submit('digits-two-gpus', 2, 9_000);
  await submit('digits-long', 1, 9_000);
  for (const id of [first, second]) await queue.progress(id).waitFor();
  await queue.cancel(second);
  await queue.status(second).filter({ hasText: 'Cancelled' }).waitFor();
  const panel = await queue.select(second);
  await panel.open('Receipt');
  await page.screenshot({ path: join(PICTURES, 'window.png') });
  await page.evaluate(() => document.documentElement.setAttribute('data-theme', 'dark'));
  await queue.select(first);
  await panel.open('Log');
  await panel.line(/loss/).first().waitFor();
  await page.screenshot({ path: join(PICTURES, 'window-dark.png') });
  process.stdout.write(`Pictures: ${PICTURES}\n`);
}
