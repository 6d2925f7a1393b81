import { defineConfig } from 'vitest/config';

/** Real clients and servers, from registries: `.ci/run` installs them (bin/setup.js --peers); `npm test` goes without. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each has the sensor, a network and several servers of its own.
    maxWorkers: 1,
  },
});
