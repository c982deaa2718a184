import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** The whole of the tests with Slurm takes minutes: `npm run test:slurm`. */
const allOfSlurm = process.env['TRAINYARD_SLURM'] === 'all';

export default defineConfig({
  test: {
    // Most tests wait for a process: on two cores one at a time would leave one of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          // Properties try many cases: a loaded machine is no failure.
          testTimeout: 30_000,
          include: [
            'tests/unit/**/*.test.ts',
            'tests/unit/**/*.test.tsx',
            'tests/contract/**/*.test.ts',
            'tests/arch/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            'tests/integration/**/*.test.ts',
            'tests/chaos/**/*.test.ts',
            'tests/fuzz/**/*.test.ts',
            'tests/package/contents.test.ts',
          ],
          // Real processes: a slow machine is no failure.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'slurm',
          include: allOfSlurm ? ['tests/slurm/**/*.test.ts'] : ['tests/slurm/basics.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Each file has a cluster of its own: one alone waits beside the others, several come one after the other.
          ...(allOfSlurm ? { fileParallelism: false, sequence: { groupOrder: 2 } } : {}),
        },
      },
      {
        test: {
          name: 'hazards',
          include: ['tests/hazards/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After the others: trees of a thousand processes are no company for a test that waits for an event.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
