import { createGpuMonitor } from '../../../src/main/core/gpu/monitor.ts';
import { createSimulator } from '../../../tests/integration/gpu/simulator.ts';
import type { Context, Findings, Measure } from '../measure.ts';
import { median } from '../statistics.ts';

const SECONDS = 30;

/** What watching GPUs costs by itself, each second. The processes of nvidia-smi are not counted: here they are a simulator's. */
export const gpuMonitor: Measure = {
  name: 'monitor',
  title: 'GPU monitor',
  async run({ times }: Context): Promise<Findings> {
    const machine = createSimulator({ gpus: 8 });
    let looks = 0;
    const monitor = createGpuMonitor({ command: machine.command, env: machine.env, onSample: () => (looks += 1) });
    monitor.setPace('watched');
    await monitor.lookAgain();
    looks = 0;
    const samples: number[] = [];
    try {
      for (let second = 0; second < times(SECONDS); second += 1) samples.push(await shareOfASecond());
    } finally {
      await monitor.close();
      machine.remove();
    }
    if (looks < samples.length / 2) throw new Error(`the simulator answered ${looks} times in ${samples.length} s`);
    return {
      samples: { percent: samples },
      figures: [
        {
          what: 'watching eight GPUs once a second, share of one core (the app’s side)',
          value: median(samples),
          unit: '%',
          bound: { is: 'at most', value: 1 },
          beside: `${looks} looks in ${samples.length} s, a simulator’s nvidia-smi`,
        },
      ],
    };
  },
};

async function shareOfASecond(): Promise<number> {
  const before = process.cpuUsage();
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1_000 / (performance.now() - from)) * 100;
}
