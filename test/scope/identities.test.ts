/** Who a pod is in each cloud: every place where SDKs look, in their order, with the winner and the shadowed ones. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { AzureEstate } from '../../src/model/azure.ts';
import type { CredentialCandidate } from '../../src/model/configured.ts';
import type { Answer } from '../../src/model/query.ts';
import { answerQuery } from '../../src/scope/answer.ts';
import { type Resolved, resolveEstate } from '../../src/scope/resolve.ts';
import { type Short as GcpShort, estateOf as gcpOf } from './gcp/estate.ts';
import { type Short as AwsShort, awsOf, clusterOf, type Pod } from './identities/estates.ts';

type Candidate = Pick<CredentialCandidate, 'mechanism' | 'status'> & {
  principal?: string | null;
  /** Part of it. */
  reason?: string;
  /** Parts of them, in order; absent: none where it is effective. */
  conditions?: string[];
  /** Object that is not the agent's own: on the way, or one that makes others the same identity. */
  inherited?: string;
  shared?: string;
};
type Question = { action: string; resource?: string; verdict: Answer['verdict']; reason?: string };
type Case = {
  name: string;
  source?: string;
  pod?: Pod;
  aws?: AwsShort | null;
  gcp?: GcpShort | null;
  azure?: AzureEstate | null;
  expect: Candidate[];
  can?: Question[];
  /** What must be nowhere in what was resolved. */
  never?: string;
};
type File = Pick<Case, 'pod' | 'aws' | 'gcp' | 'azure' | 'source'> & { cases: Case[] };

for (const cloud of ['aws', 'gcp', 'azure'] as const) {
  const path = fileURLToPath(new URL(`../../fixtures/identities/${cloud}.yaml`, import.meta.url));
  const { cases, source, ...base } = parse(readFileSync(path, 'utf8'), { merge: true }) as File;
  describe(`credentials of ${cloud} (${source})`, () => {
    for (const one of cases)
      it(one.name, () => {
        const resolved = resolve(base, one);
        const { credentials = [] } = resolved.posture.workloads.find(({ name }) => name === 'agent')!;
        // Roles that trust it unasked are no place where SDKs look: only cases about them tell them.
        const unasked = one.expect.some(({ status }) => status === 'trusted');
        expectCandidates(
          credentials.filter(
            (candidate) => candidate.cloud === cloud && (unasked || candidate.status !== 'trusted'),
          ),
          one.expect,
        );
        for (const question of one.can ?? []) expectAnswer(resolved, question);
        if (one.never) expect(JSON.stringify(resolved.posture)).not.toContain(one.never);
      });
  });
}

/** A part of a case replaces that of the file, member by member; null: that cloud was not read. */
function resolve(base: Omit<File, 'cases'>, one: Case): Resolved {
  const part = <Key extends 'aws' | 'gcp' | 'azure'>(key: Key) =>
    one[key] === null || (!base[key] && !one[key]) ? null : { ...base[key], ...one[key] };
  const [aws, gcp, azure] = [part('aws'), part('gcp'), part('azure')];
  return resolveEstate({
    kubernetes: clusterOf({ ...base.pod, ...one.pod }),
    aws: aws && awsOf(aws),
    gcp: gcp && gcpOf(gcp),
    azure: azure as AzureEstate | null,
    databases: null,
  });
}

function expectCandidates(found: readonly CredentialCandidate[], wanted: readonly Candidate[]): void {
  const short = ({ mechanism, status }: Pick<Candidate, 'mechanism' | 'status'>) => `${mechanism} ${status}`;
  expect(found.map(short)).toEqual(wanted.map(short));
  for (const [index, want] of wanted.entries()) {
    const { principal, reason, conditions, path, status, shared = [] } = found[index]!;
    if (want.principal !== undefined) expect(principal).toBe(want.principal);
    expect(reason).toContain(want.reason ?? '');
    expect(reason).not.toBe('');
    if (want.conditions || status === 'effective')
      expect(conditions).toHaveLength((want.conditions ?? []).length);
    for (const [at, text] of (want.conditions ?? []).entries()) expect(conditions[at]).toContain(text);
    expect(shared.map(({ object }) => object)).toEqual(want.shared ? [want.shared] : []);
    if (want.inherited)
      expect(path.filter(({ inherited }) => inherited).map(({ object }) => object)).toContain(want.inherited);
  }
}

function expectAnswer(resolved: Resolved, { action, resource, verdict, reason = '' }: Question): void {
  const asked = { kind: 'cloud-action' as const, action, ...(resource === undefined ? {} : { resource }) };
  const answer = answerQuery(resolved, { subject: { workload: 'research/agent' }, action: asked });
  expect({ action, verdict: answer.verdict }).toEqual({ action, verdict });
  expect(answer.reason).toContain(reason);
}
