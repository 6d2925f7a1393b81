/** A draft becomes a finding: the catalog's words, fingerprints, ids, cross-references. */
import { CANNOT_TELL } from '../catalog/cannot-tell.ts';
import type { FindingText } from '../catalog/finding-text.ts';
import { FINDINGS } from '../catalog/findings.ts';
import type { CannotTell, Finding } from '../model/finding.ts';
import type { Cell } from './cell.ts';
import type { Doubt, Draft, RemedyTarget } from './define-detector.ts';
import { evidenceFingerprint, identityFingerprint, shortIds } from './fingerprint.ts';
import { fill } from './words.ts';

/** `id` is still the whole fingerprint: only all findings together know how short it may be. */
export function compose({ detector, view }: Cell, draft: Draft): Finding {
  const text: FindingText = FINDINGS[detector.kind];
  const identity = { workload: view.id, kind: detector.kind, gap: text.gap, discipline: text.discipline };
  const named = { ...identity, subject: draft.subject };
  const keyed = { ...identity, subject: draft.key ?? draft.subject };
  const fingerprint = identityFingerprint(keyed);
  return {
    ...named,
    id: fingerprint,
    label: view.label,
    claim: draft.claim,
    configured: { summary: draft.configured.summary, path: [...draft.configured.path] },
    operational: draft.operational,
    why: text.why,
    remedy: remedyOf(text, draft.remedy),
    severity: draft.aggravated ? text.severity.aggravated : text.severity.base,
    confidence: draft.confidence,
    confidenceReason: draft.confidenceReason,
    audience: draft.audience ?? text.audience,
    shift: shiftOf(draft),
    related: [],
    fingerprint,
    evidenceFingerprint: evidenceFingerprint(keyed, draft.configured.path),
  };
}

/** The catalog's gap picks the branch, and each branch can say only what its gap allows. */
function remedyOf(text: FindingText, target: RemedyTarget[keyof RemedyTarget]): Finding['remedy'] {
  if (text.gap === 1 && 'scopeDown' in target) {
    const { object, field } = target.scopeDown;
    return {
      summary: fill(text.remedy.scopeDown, { object, field }),
      object,
      field,
      ownPolicyWontHelp: null,
    };
  }
  if (text.gap === 2 && 'upstream' in target) {
    const { object, field, engine } = target.upstream;
    const { ownPolicyWontHelp: always, ofEngine = {} } = text.remedy;
    const own = (engine && ofEngine[engine]) ?? always;
    const ownPolicyWontHelp = fill(own, { object, field });
    return { summary: fill(text.remedy.upstream, { object, field }), object, field, ownPolicyWontHelp };
  }
  if (text.gap === 3 && 'enforce' in target)
    return { summary: text.remedy.enforce, object: null, field: null, ownPolicyWontHelp: null };
  throw new Error(`remedy of another gap: ${text.title} is Gap ${text.gap}, offered ${Object.keys(target)}`);
}

function shiftOf({ shift }: Draft): Finding['shift'] {
  if (!shift) return null;
  if (shift.qValue === undefined) throw new Error('a shift left the engine without its correction');
  return { ...shift.evidence, qValue: shift.qValue };
}

/** Short ids, duplicates removed, cross-references: all that needs every finding of the run. */
export function numbered(findings: readonly Finding[]): Finding[] {
  const unique = [...new Map(findings.map((finding) => [finding.fingerprint, finding])).values()];
  const ids = shortIds(unique.map((finding) => finding.fingerprint));
  const withIds = unique.map((finding) => ({ ...finding, id: ids.get(finding.fingerprint)! }));
  return withIds.map((finding) => ({ ...finding, related: related(finding, withIds) }));
}

/** Findings of one workload that rest on one object or speak of one subject belong to one story. */
function related(finding: Finding, all: readonly Finding[]): string[] {
  const objects = new Set(finding.configured.path.map((hop) => hop.object));
  return all
    .filter((other) => other !== finding && other.workload === finding.workload)
    .filter(
      (other) => other.configured.path.some((hop) => objects.has(hop.object)) || sharesMover(finding, other),
    )
    .map((other) => other.id)
    .sort();
}

function sharesMover(a: Finding, b: Finding): boolean {
  const moves = (shifted: Finding, subject: string) =>
    shifted.shift?.movers.some((mover) => mover.subject === subject) ?? false;
  return moves(a, b.subject) || moves(b, a.subject);
}

export function composeCannotTell({ detector, view }: Cell, doubt: Doubt): CannotTell {
  const { gap, discipline } = FINDINGS[detector.kind];
  const cell = { workload: view.id, kind: detector.kind, gap, discipline };
  return {
    ...cell,
    label: view.label,
    reason: doubt.reason,
    detail: doubt.detail,
    expected: doubt.expected ?? null,
    todo: CANNOT_TELL[doubt.reason].todo,
    fingerprint: identityFingerprint({ ...cell, subject: '' }),
  };
}
