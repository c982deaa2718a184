import { defineConfig } from '@playwright/test';

/** One for each test that may run at the same time, as variables; none where this session has a display. */
const displays = JSON.parse(process.env['TRAINYARD_TEST_DISPLAYS'] ?? '[]') as readonly NodeJS.ProcessEnv[];

// Each worker reads this file too, before any test: from here on it lives on its own display.
Object.assign(process.env, displays[Number(process.env['TEST_PARALLEL_INDEX'] ?? 0)]);

/** Real Electron windows, one on each display: each test has an app and a data folder of its own. */
export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.e2e.ts',
  workers: Math.max(1, displays.length),
  // Test by test, not file by file: the files take between 10 and 150 seconds.
  fullyParallel: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['line']],
  outputDir: 'test-results',
});
