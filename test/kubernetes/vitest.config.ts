import { defineConfig } from 'vitest/config';

/** Against a real API server, which takes minutes to build: `.ci/run` does (build.ts), `npm test` goes without. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Each has a server of its own.
    maxWorkers: 1,
  },
});
