/** Objects as they are saved: without literal environment values, secrets in arguments, and foreign annotations. */
import { keepEnv, redactArguments } from '../kubernetes/convert-container.ts';
import { annotationsOf, labels } from '../kubernetes/schema.ts';

const MAX_DEPTH = 64;

/** Fields that may hold anything, and that nothing here reads: probes and hooks carry headers and scripts. */
const DROPPED = new Set(['managedFields', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle']);

type Scrubber = (value: unknown) => unknown;
const SCRUBBERS: Readonly<Record<string, Scrubber>> = {
  annotations: (value) => annotationsOf(labels.safeParse(value).data ?? {}),
  args: redacted,
  command: redacted,
  env: (value) => (Array.isArray(value) ? value.map(scrubVariable) : []),
};

/** A copy; the input is not changed. */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH)
    return depth > MAX_DEPTH ? null : value;
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1));
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    // Labels have such names too (`env: prod`), but only text as value.
    const structured = typeof item === 'object';
    if (structured && DROPPED.has(key)) continue;
    const scrubber = structured && Object.hasOwn(SCRUBBERS, key) ? SCRUBBERS[key]! : null;
    copy[key] = scrubber ? scrubber(item) : scrub(item, depth + 1);
  }
  return copy;
}

function redacted(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return redactArguments(value.map((one) => (typeof one === 'object' ? '' : String(one))));
}

/** The name stays, and the value of the few names by which models are declared and identities found. */
function scrubVariable(variable: unknown): unknown {
  if (typeof variable !== 'object' || variable === null) return null;
  const { name, value, valueFrom } = variable as { name?: unknown; value?: unknown; valueFrom?: unknown };
  const kept = typeof name === 'string' ? keepEnv(name, value) : null;
  return {
    name,
    ...(kept === null ? {} : { value: kept }),
    ...(valueFrom === undefined ? {} : { valueFrom: scrub(valueFrom) }),
  };
}
