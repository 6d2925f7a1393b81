/**
 * Property tests run briefly in `npm test` and long in CI: AI_SPM_FUZZ multiplies their runs. Both always run the same
 * cases, so that nothing turns red by chance under a change that has no part in it; others come with
 * AI_SPM_FUZZ_SEED=random, or a seed that a failure printed: `AI_SPM_FUZZ_SEED=random AI_SPM_FUZZ=100 npm run fuzz`.
 */
const FACTOR = factorOf(process.env.AI_SPM_FUZZ || '1');
const SEED = seedOf(process.env.AI_SPM_FUZZ_SEED || '20261101');

function factorOf(text: string): number {
  const factor = Number(text);
  if (!(factor > 0 && factor <= 1e6)) throw new Error(`AI_SPM_FUZZ: no factor: ${text}`);
  return factor;
}

function seedOf(text: string): number | null {
  if (text === 'random') return null;
  if (!/^-?\d{1,10}$/.test(text)) throw new Error(`AI_SPM_FUZZ_SEED: neither a number nor "random": ${text}`);
  return Number(text);
}

/** Options of fc.assert. A failure prints its seed and path, with which it is replayed. */
export function runs(few: number): { numRuns: number; seed?: number } {
  return { numRuns: Math.ceil(few * FACTOR), ...(SEED === null ? {} : { seed: SEED }) };
}
