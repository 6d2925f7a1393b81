import { MODEL_KINDS } from './artifacts.ts';
import { defineDetector } from './define-detector.ts';
import { undeclared } from './undeclared-artifact.ts';

/** Formats whose loaders execute what the file says (pickle, and archives or notebooks of it). */
const RUNS_CODE = /pickle|joblib|pytorch|torchserve|keras|nemo|llamafile/i;

/** Models and adapters that were loaded and that nothing declares. */
export const undeclaredModel = defineDetector({
  kind: 'undeclared-model',
  gap: 2,
  discipline: 'artifact',
  needs: {
    signals: ['file', 'mapping'],
    resources: ['workloads'],
    kinds: MODEL_KINDS,
    absence: false,
    processStart: true,
    baseline: false,
  },
  detect: (view) =>
    undeclared(view, {
      kind: 'undeclared-model',
      kinds: MODEL_KINDS,
      declaredAs: MODEL_KINDS,
      noun: 'model',
      declares: 'model',
      isDangerous: ({ format }) => format !== null && RUNS_CODE.test(format),
    }),
});
