/** Containers without what they must not give away: environment values, and secrets in their arguments. */
import { z } from 'zod';
import { ADAPTER_ENV, IDENTITY_ENV, MODEL_ENV, MODEL_ENV_MAX } from '../../catalog/declarations.ts';
import type { Container } from '../../model/kubernetes.ts';
import { containerSecurity, securityOf } from './convert-security.ts';
import { list, text } from './schema.ts';

const named = z.object({ name: text.nullish() });
/** Scripts in arguments may be long; they are cut, not refused. */
const argument = z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value));

export const containerSchema = z.object({
  name: text,
  image: text.nullish(),
  command: list(argument),
  args: list(argument),
  env: list(
    z.object({
      name: text,
      value: z.union([z.string(), z.number(), z.boolean()]).nullish(),
      valueFrom: z
        .object({
          secretKeyRef: named.nullish(),
          configMapKeyRef: named.nullish(),
          fieldRef: z.unknown().optional(),
          resourceFieldRef: z.unknown().optional(),
        })
        .nullish(),
    }),
  ),
  envFrom: list(
    z.object({ prefix: text.nullish(), secretRef: named.nullish(), configMapRef: named.nullish() }),
  ),
  ports: list(
    z.object({
      name: text.nullish(),
      containerPort: z.int().min(0).max(65_535),
      protocol: z.enum(['TCP', 'UDP', 'SCTP']).nullish(),
    }),
  ),
  volumeMounts: list(
    z.object({ name: text, mountPath: text, subPath: text.nullish(), readOnly: z.boolean().nullish() }),
  ),
  securityContext: containerSecurity,
});
export type RawContainer = z.infer<typeof containerSchema>;

const MODEL_NAMES = new Set<string>([...MODEL_ENV, ...ADAPTER_ENV]);
const IDENTITY_NAMES = new Set<string>(IDENTITY_ENV);

export function convertContainer(raw: RawContainer, init: boolean): Container {
  return {
    name: raw.name,
    image: raw.image ?? '',
    command: redactArguments(raw.command),
    args: redactArguments(raw.args),
    env: [...raw.env.map(envOrigin), ...raw.envFrom.flatMap(envFromOrigin)],
    modelEnv: valuesOf(raw, MODEL_NAMES),
    ...identityEnv(raw),
    ports: raw.ports.map((port) => ({
      name: port.name ?? null,
      containerPort: port.containerPort,
      protocol: port.protocol ?? 'TCP',
    })),
    init,
    ...securityOf(raw.securityContext),
  };
}

function envOrigin({ name, valueFrom }: RawContainer['env'][number]): Container['env'][number] {
  if (!valueFrom) return { name, from: 'literal', object: null };
  if (valueFrom.secretKeyRef) return { name, from: 'secret', object: valueFrom.secretKeyRef.name ?? null };
  if (valueFrom.configMapKeyRef)
    return { name, from: 'config-map', object: valueFrom.configMapKeyRef.name ?? null };
  const field = valueFrom.fieldRef !== undefined || valueFrom.resourceFieldRef !== undefined;
  return { name, from: field ? 'field' : 'other', object: null };
}

/** `*` stands for every key of the object. */
function envFromOrigin(source: RawContainer['envFrom'][number]): Container['env'] {
  const name = `${source.prefix ?? ''}*`;
  if (source.secretRef) return [{ name, from: 'secret', object: source.secretRef.name ?? null }];
  if (source.configMapRef) return [{ name, from: 'config-map', object: source.configMapRef.name ?? null }];
  return [];
}

function identityEnv(raw: RawContainer): Pick<Container, 'identityEnv'> {
  const found = valuesOf(raw, IDENTITY_NAMES);
  return Object.keys(found).length > 0 ? { identityEnv: found } : {};
}

function valuesOf(raw: RawContainer, names: ReadonlySet<string>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = Object.create(null);
  for (const { name, value } of raw.env) {
    const known = names.has(name) ? keepEnv(name, value) : null;
    if (known !== null) kept[name] = known;
  }
  return kept;
}

/** The value where the name is one that declares a model or finds an identity; null for all others. */
export function keepEnv(name: string, value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MODEL_ENV_MAX) return null;
  return MODEL_NAMES.has(name) || IDENTITY_NAMES.has(name) ? withoutCredentials(value) : null;
}

/** Model URIs may carry `user:password@` and signed queries. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/^([a-z]+:\/\/[^?]*)\?.*$/i, '$1');
}

const MAX_ARGUMENT = 1024;
const SECRET_WORD = '(?:api[-_]?key|access[-_]?key|token|secret|passw(?:or)?d|passphrase|credential)s?';
const SECRET_FLAG = new RegExp(`^--?[\\w.-]*${SECRET_WORD}$`, 'i');
const SECRET_ASSIGNMENT = new RegExp(
  `([\\w.-]*${SECRET_WORD}["']?\\s*[=:]\\s*)("[^"]*"|'[^']*'|[^\\s"']+)`,
  'gi',
);
/** Keys that are known by their looks: OpenAI and Anthropic, AWS, GitHub, Hugging Face, Slack, JWT. */
const SECRET_VALUE =
  /\b(?:sk-[\w-]{16,}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|hf_\w{20,}|xox[abp]-[\w-]{10,}|eyJ[\w-]{10,}\.[\w-]+\.[\w-]*)/g;

/** `--api-key X`, `--api-key=X`, `export TOKEN=X` in a script, and anything that looks like a known key. */
export function redactArguments(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (index > 0 && SECRET_FLAG.test(words[index - 1]!)) return '<redacted>';
    return withoutCredentials(word.slice(0, MAX_ARGUMENT))
      .replace(SECRET_ASSIGNMENT, '$1<redacted>')
      .replace(SECRET_VALUE, '<redacted>');
  });
}
