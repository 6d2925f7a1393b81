/** Questions of `audit --can` and `--can-file`, and their answers: the resolution of the audit, asked from outside. */
import { z } from 'zod';
import type { Hop } from './configured.ts';

const text = z.string().min(1).max(4096);
const word = z.string().max(4096);

/** Exactly one of them; `groups` goes with `user`. Names are `namespace/name`; a workload may name its kind before. */
export const querySubjectSchema = z.union([
  z.strictObject({ workload: text }),
  z.strictObject({ serviceAccount: text }),
  z.strictObject({ user: text, groups: z.array(text).max(1000).optional() }),
  z.strictObject({ awsPrincipal: text }),
  z.strictObject({ gcpPrincipal: text }),
  z.strictObject({ azurePrincipal: text }),
  z.strictObject({ pod: text }),
]);

export const queryActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kubernetes-action'),
    verb: text,
    apiGroup: word.nullish(),
    /** Null or absent: a non-resource request, which has `path`. */
    resource: word.nullish(),
    subresource: word.nullish(),
    /** Null, absent or empty: cluster-scoped, or across all namespaces. */
    namespace: word.nullish(),
    name: word.nullish(),
    path: word.nullish(),
  }),
  z.strictObject({
    kind: z.literal('cloud-action'),
    /** `s3:GetObject`, `storage.objects.get`, `Microsoft.Storage/…/read`. */
    action: text,
    resource: text.nullish(),
    /** Condition keys that are known; every other one is unknown. */
    context: z.record(text, z.union([word, z.array(word).max(1000)])).optional(),
  }),
  z.strictObject({
    kind: z.literal('egress'),
    to: z.union([
      z.strictObject({ pod: text }),
      z.strictObject({ ip: text }),
      z.strictObject({ host: text }),
    ]),
    port: z.int().min(1).max(65_535),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  }),
]);

export const querySchema = z.strictObject({ subject: querySubjectSchema, action: queryActionSchema });

export type QuerySubject = z.infer<typeof querySubjectSchema>;
export type QueryAction = z.infer<typeof queryActionSchema>;
export type Query = z.infer<typeof querySchema>;

export type Answer = {
  verdict: 'allow' | 'deny' | 'conditional' | 'cannot-tell';
  /** One sentence: which object and field decided, or what is not known. */
  reason: string;
  path: readonly Hop[];
  /** What has to hold for `conditional` to be `allow`. */
  conditions: readonly string[];
};
