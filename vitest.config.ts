import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // With packages of their own: .ci/run.
    exclude: ['**/node_modules/**', 'test/peers/**', 'test/kubernetes/**'],
    // For what hangs: real probes and the whole program take ten times as long on a busy machine as on a quiet one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: real probes, a saturated server and the unit tests must not starve each other.
    maxWorkers: 2,
  },
});
