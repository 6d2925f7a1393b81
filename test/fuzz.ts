/** Property tests run briefly in `npm test` and long in CI: AI_SPM_FUZZ multiplies their runs. */
const FACTOR = Number(process.env.AI_SPM_FUZZ ?? 1);

/** Options of fc.assert. A failure prints its seed and path, with which it is replayed. */
export function runs(few: number): { numRuns: number } {
  return { numRuns: Math.round(few * FACTOR) };
}
