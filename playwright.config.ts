import { defineConfig } from '@playwright/test';

/** Real Electron windows, one at a time: each test has an app and a data folder of its own. */
export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.e2e.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['line']],
  outputDir: 'test-results',
});
