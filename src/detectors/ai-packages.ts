/** Is an installed package one of the AI catalog? */
import { NPM_FRAMEWORKS, PYTHON_FRAMEWORKS } from '../catalog/frameworks.ts';
import { INFERENCE_SERVERS } from '../catalog/inference-servers.ts';
import { normalizeName } from '../match/artifact.ts';

const NAMES: ReadonlySet<string> = new Set(
  [
    ...Object.values(PYTHON_FRAMEWORKS).flatMap(({ distributions }) => distributions),
    ...Object.keys(NPM_FRAMEWORKS),
    ...INFERENCE_SERVERS.flatMap(({ pypi }) => (pypi ? [pypi] : [])),
  ].map(normalizeName),
);

/** `subject`: `torch`, `torch@2.4.0`, `@langchain/core@0.3.1`. */
export function isAiPackage(subject: string): boolean {
  const at = subject.indexOf('@', 1);
  return NAMES.has(normalizeName(at > 0 ? subject.slice(0, at) : subject));
}
