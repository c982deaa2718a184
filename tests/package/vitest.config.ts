import { defineConfig } from 'vitest/config';

/** npm run test:package: installs the package for real, so it is not among the tests of `npm test`. */
export default defineConfig({
  test: {
    include: ['tests/package/installed.test.ts'],
    // One story in chapters: what comes later needs what came before.
    bail: 1,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
