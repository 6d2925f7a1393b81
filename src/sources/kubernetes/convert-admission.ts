/** Admission policies of the API server itself, of Kyverno and of Gatekeeper: whom they concern, and what they do. */
import { z } from 'zod';
import type { AdmissionPolicy } from '../../model/posture-objects.ts';
import { list, objectMeta, type Place, refOf, text, texts } from './schema.ts';

const matched = z.object({ resourceRules: list(z.object({ apiGroups: texts, resources: texts })) }).nullish();
const nativeSchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    matchConstraints: matched,
    policyName: text.nullish(),
    validationActions: texts,
    matchResources: matched,
  }),
});

/** ValidatingAdmissionPolicy and its binding, which alone makes it act (admissionregistration.k8s.io/v1). */
export function convertNativePolicy(raw: unknown, place: Place): AdmissionPolicy {
  const { metadata, spec } = nativeSchema.parse(raw);
  const rules = (spec.matchConstraints ?? spec.matchResources)?.resourceRules ?? [];
  const actions = spec.validationActions.map((one) => one.toLowerCase());
  return {
    ref: refOf(place, metadata),
    engine: 'validating-admission-policy',
    actions,
    enforced: actions.includes('deny'),
    targets: unique(
      rules.flatMap(({ apiGroups, resources }) =>
        resources.flatMap((resource) =>
          apiGroups.map((group) => (group ? `${resource}.${group}` : resource)),
        ),
      ),
    ),
    policy: spec.policyName ?? null,
  };
}

const kinds = z.object({ resources: z.object({ kinds: texts }).nullish() });
const kyvernoSchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    validationFailureAction: text.nullish(),
    rules: list(
      z.object({
        match: z.object({ any: list(kinds), all: list(kinds), resources: kinds.shape.resources }).nullish(),
        validate: z.object({ failureAction: text.nullish() }).nullish(),
        mutate: z.unknown().optional(),
        generate: z.unknown().optional(),
        verifyImages: z.unknown().optional(),
      }),
    ),
  }),
});
type KyvernoRule = z.infer<typeof kyvernoSchema>['spec']['rules'][number];

/** ClusterPolicy and Policy (kyverno.io/v1); a rule's own failureAction comes before the policy's, Audit is the default. */
export function convertKyvernoPolicy(raw: unknown, place: Place): AdmissionPolicy {
  const { metadata, spec } = kyvernoSchema.parse(raw);
  const whole = spec.validationFailureAction ?? 'Audit';
  const actions = unique(spec.rules.flatMap((rule) => kyvernoActions(rule, whole)));
  return {
    ref: refOf(place, metadata),
    engine: 'kyverno',
    actions,
    enforced: actions.includes('enforce'),
    targets: unique(spec.rules.flatMap(kyvernoKinds)),
    policy: null,
  };
}

function kyvernoActions(rule: KyvernoRule, whole: string): string[] {
  const checks =
    rule.validate || rule.verifyImages ? [(rule.validate?.failureAction ?? whole).toLowerCase()] : [];
  return [...checks, ...(rule.mutate ? ['mutate'] : []), ...(rule.generate ? ['generate'] : [])];
}

function kyvernoKinds({ match }: KyvernoRule): readonly string[] {
  const blocks = [...(match?.any ?? []), ...(match?.all ?? []), { resources: match?.resources }];
  return blocks.flatMap(({ resources }) => resources?.kinds ?? []);
}

const constraintSchema = z.object({
  metadata: objectMeta,
  spec: z
    .object({
      enforcementAction: text.nullish(),
      scopedEnforcementActions: list(z.object({ action: text })),
      match: z.object({ kinds: list(z.object({ kinds: texts })) }).nullish(),
    })
    .nullish(),
});

/** Any kind of constraints.gatekeeper.sh; `deny` is the default, `scoped` refers to a list of its own. */
export function convertConstraint(raw: unknown, place: Place): AdmissionPolicy {
  const { metadata, spec } = constraintSchema.parse(raw);
  const action = (spec?.enforcementAction || 'deny').toLowerCase();
  const scoped = (spec?.scopedEnforcementActions ?? []).map((one) => one.action.toLowerCase());
  const actions = unique(action === 'scoped' ? scoped : [action]);
  const targets = unique((spec?.match?.kinds ?? []).flatMap((one) => one.kinds));
  return {
    ref: refOf(place, metadata),
    engine: 'gatekeeper',
    actions,
    enforced: actions.includes('deny'),
    targets: targets.length > 0 ? targets : ['*'],
    policy: null,
  };
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
