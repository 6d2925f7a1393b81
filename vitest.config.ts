import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // With packages of their own: .ci/run.
    exclude: ['**/node_modules/**', 'test/peers/**', 'test/kubernetes/**'],
    testTimeout: 30_000,
    // Two cores: real probes, a saturated server and the unit tests must not starve each other.
    maxWorkers: 2,
  },
});
