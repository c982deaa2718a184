import { cpus } from 'node:os';
import { createGpuMonitor } from '../../src/main/core/gpu/monitor.ts';
import { createSimulator } from '../../tests/integration/gpu/simulator.ts';

/** How long the monitor is watched. */
const SECONDS = 30;
/** The bound: a monitor that looks each second must not be felt beside a training run. */
const BOUND_PERCENT = 1;

/**
 * npm run bench:monitor: the share of one core that the app spends on watching eight GPUs once a second.
 * The processes of nvidia-smi itself are not counted: here they are a simulator's, whose cost says nothing of the real one's.
 */
const machine = createSimulator({ gpus: 8 });
let samples = 0;
const monitor = createGpuMonitor({ command: machine.command, env: machine.env, onSample: () => (samples += 1) });
monitor.setPace('watched');
await monitor.lookAgain();
samples = 0;
const before = process.cpuUsage();
const from = performance.now();
await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
const { user, system } = process.cpuUsage(before);
const percent = ((user + system) / 1_000 / (performance.now() - from)) * 100;
await monitor.close();
machine.remove();
process.stdout.write(
  `${JSON.stringify({ measure: 'GPU monitor, 8 GPUs at 1 Hz', percentOfOneCore: Number(percent.toFixed(2)), boundPercent: BOUND_PERCENT, samples, seconds: SECONDS, cores: cpus().length, node: process.version })}\n`,
);
if (percent >= BOUND_PERCENT || samples < SECONDS / 2) process.exitCode = 1;
