import { createSimulator } from '../integration/gpu/simulator.ts';
import type { Scenario, Simulator } from '../integration/gpu/simulator.ts';
import type { DriverFault } from './schedule.ts';

/** How many GPUs the simulated machine has. */
const GPUS = 3;

const WELL: Scenario = { gpus: GPUS, releaseAfterMs: 150 };

/** What the simulated nvidia-smi does in each fault. */
const SCENARIOS: Readonly<Record<DriverFault, Scenario>> = {
  hangs: { ...WELL, hang: true },
  'hangs-once': { ...WELL, hang: ['once'] },
  'no-driver': { ...WELL, failure: { kind: 'no-driver' } },
  crashes: { ...WELL, failure: { kind: 'crashed' } },
  garbage: { ...WELL, raw: { gpus: '%PNG\u0000, , ,\n12 GiB, {"a":\n\n', apps: 'pid, pid, -1, [N/A]\n-5, 1e9\n' } },
  // Nobody is listed and nothing is used, whatever runs.
  'no-rows': { ...WELL, starters: ['trainer', 'sleep'] },
  'gpu-gone': { ...WELL, gpus: GPUS - 1 },
  'says-full': { ...WELL, foreign: [{ pid: 1, gpu: 0, name: 'Xorg', memoryMiB: 24_000 }] },
  'says-empty': { ...WELL, raw: { apps: '' } },
  slow: { ...WELL, delayMs: 1_500 },
  'keeps-memory': { ...WELL, releaseAfterMs: 6_000 },
};

/** The simulated driver of the machine. */
export interface Driver {
  readonly env: NodeJS.ProcessEnv;
  readonly fail: (what: DriverFault) => void;
  readonly heal: () => void;
  /** Kills every nvidia-smi that runs; answers how many. */
  readonly kill: () => number;
  readonly remove: () => void;
}

/** Makes a simulated machine that is well. */
export function makeDriver(): Driver {
  const simulator: Simulator = createSimulator(WELL);
  return {
    env: { TRAINYARD_SIM_SCENARIO: simulator.env['TRAINYARD_SIM_SCENARIO'] },
    fail: (what) => simulator.set(SCENARIOS[what]),
    heal: () => simulator.set(WELL),
    kill: () => {
      const living = simulator.living();
      for (const pid of living) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended in between.
        }
      }
      return living.length;
    },
    remove: () => simulator.remove(),
  };
}
