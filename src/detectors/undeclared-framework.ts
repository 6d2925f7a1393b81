import { AI_CODE_KINDS, CODE_KINDS } from './artifacts.ts';
import { defineDetector } from './define-detector.ts';
import { undeclared } from './undeclared-artifact.ts';

/** AI frameworks and inference servers that were loaded and that nothing declares. */
export const undeclaredFramework = defineDetector({
  kind: 'undeclared-framework',
  gap: 2,
  discipline: 'artifact',
  needs: {
    signals: ['process', 'file', 'mapping'],
    resources: ['workloads'],
    kinds: AI_CODE_KINDS,
    absence: false,
    processStart: true,
    baseline: false,
  },
  detect: (view) =>
    undeclared(view, {
      kind: 'undeclared-framework',
      kinds: AI_CODE_KINDS,
      // A list of libraries that does not name a framework declares that there is none.
      declaredAs: CODE_KINDS,
      noun: 'framework',
      declares: 'framework',
      isDangerous: () => false,
    }),
});
