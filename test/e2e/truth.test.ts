/**
 * The whole way, held against the agent's own account of what it did: every use is in the snapshot, nothing is in it
 * that did not happen, and the report says exactly what follows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthRecord } from '../../fixtures/agent/truth.ts';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { SIGNALS } from '../../src/model/kinds.ts';
import type { Report } from '../../src/model/report.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { noProbes } from '../bpf/sensor-process.ts';
import { ACCOUNTED, API_SERVER, compareAll, UNACCOUNTED } from './accounts.ts';
import { comparisonTable, countOf } from './compare.ts';
import { MODEL } from './operation-said.ts';
import { readRows, type SnapshotRows } from './rows.ts';
import { audit, type Collected, collectAgent } from './run.ts';
import { connects, imported, ofKind } from './truths.ts';

const FEATURE_STORE = 'tcp/10.96.7.7:8080';
const AGENT = 'research/report-agent';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-e2e-'));
afterAll(() => rmSync(folder, { recursive: true }));

let collected: Collected;
let truth: TruthRecord[];
let snapshot: SnapshotRows;
let report: Report;

describe.skipIf(noProbes)(`the report against the truth${noProbes ? ` (skipped: ${noProbes})` : ''}`, () => {
  beforeAll(async () => {
    // This seed walks through every tool, destination (the refused one included) and helper program.
    const changes = { modelUpdateAt: 6, catalogChangeAt: 8, shiftAt: 10 };
    collected = await collectAgent(folder, { seed: 2010, rate: 2, sessions: 24, seconds: 30, ...changes });
    truth = collected.truth;
    snapshot = await readRows(collected.snapshot);
    report = (await audit(collected.snapshot)).report;
  }, 280_000);

  it('has a window that holds the whole life of the agent, and lost nothing of it', () => {
    expect(collected.code).toBe(130);
    expect(snapshot.segments.map(({ complete, partialReason }) => ({ complete, partialReason }))).toEqual([
      { complete: true, partialReason: null },
    ]);
    const processes = ofKind(truth, 'spawn').length + 1;
    const rows = report.coverage.filter(({ label }) => label === AGENT);
    expect(rows.map(({ signal }) => signal).toSorted()).toEqual(SIGNALS.toSorted());
    for (const row of rows) {
      expect(row).toMatchObject({ lost: 0, truncated: 0, collapsed: 0 });
      expect(row.reasons.filter((reason) => !isOfHelpers(reason))).toEqual([]);
      expect(row).toMatchObject({ instances: processes, startsSeen: processes, observedMs: row.existedMs });
    }
  });

  it('has a truth worth comparing with', () => {
    expect(ofKind(truth, 'session').filter(({ event }) => event === 'end').length).toBeGreaterThan(15);
    expect(new Set(connects(truth).map(({ subject }) => subject)).size).toBeGreaterThan(6);
    expect(new Set(ofKind(truth, 'spawn').map(({ program }) => program)).size).toBeGreaterThan(8);
    expect(new Set(ofKind(truth, 'model-load').map(({ path }) => path)).size).toBe(2);
  });

  it('recalls everything, and invents nothing', () => {
    const comparisons = compareAll(truth, snapshot);
    console.log(comparisonTable(comparisons));
    for (const { what, exceptions } of comparisons)
      for (const { subject, times, why } of exceptions)
        console.log(`excepted of ${what}: ${subject} ${times}×, ${why}`);
    expect(comparisons.flatMap(({ what, differences }) => differences.map((d) => `${what}: ${d}`))).toEqual(
      [],
    );
    for (const { recall, precision } of comparisons) expect([recall, precision]).toEqual([1, 1]);
  });

  it('holds one workload, and no kind that the truth keeps no account of', () => {
    const workloads = new Set(snapshot.rows.map(({ workload }) => workload));
    expect([...workloads]).toEqual([expect.stringMatching(/\/research\/Deployment\/report-agent$/)]);
    const kinds = new Set(snapshot.rows.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual([...new Set([...ACCOUNTED, ...UNACCOUNTED])].toSorted());
  });

  it('finds exactly what follows from the truth', () => {
    expect(report.thresholds).toEqual(DEFAULT_THRESHOLDS);
    const found = report.findings.map(({ label, kind, subject }) => `${label} ${kind}: ${subject}`);
    expect(found.toSorted()).toEqual(expectedFindings().toSorted());
  });

  it('counts in its findings what the truth counts', () => {
    const dialled = countOf(connects(truth).map(({ subject }) => subject));
    expect(finding('foreign-policy-egress').operational.count).toBe(dialled.get(FEATURE_STORE));
    expect(finding('inherited-api-access').claim).toContain(
      `(${API_SERVER}) ${dialled.get(API_SERVER)} times`,
    );
    const loads = ofKind(truth, 'model-load').filter(({ path }) => path.includes('v2-exp'));
    expect(finding('undeclared-model').operational.count).toBe(loads.length);
  });

  it('cannot tell the rest, each check for its own reason, and calls clean only what the truth shows clean', () => {
    const unknown = report.cannotTell.filter(({ label }) => label === AGENT);
    expect(unknown.map(({ kind, reason }) => `${kind}: ${reason}`).toSorted()).toEqual([
      'action-shift: no-baseline',
      'cross-cloud-chain: converging',
      'destination-shift: no-baseline',
      'displaced-identity: converging',
      'foreign-policy-egress: converging',
      'identity-hop-shift: no-baseline',
      'inherited-permission: converging',
      'node-identity: converging',
      'process-shift: no-baseline',
      'role-chain: converging',
      'shared-identity-pool: converging',
      'unread-secret: converging',
      'unused-cluster-permission: converging',
      'unused-egress: converging',
    ]);
    const judged = new Set([...report.findings, ...unknown].map(({ kind }) => kind));
    expect(FINDING_KINDS.filter((kind) => !judged.has(kind))).toEqual([
      // The token was read; a policy selects the pod; every framework that was imported is declared. And no role of a
      // cloud, no grant of a database and no identity of others is bound to it, of which a part could lie unused.
      'unread-token',
      'unused-permission',
      'unassumed-role',
      'unused-grant',
      'shared-identity',
      'unpoliced-egress',
      'undeclared-framework',
    ]);
    const others = report.cannotTell.filter(({ label }) => label !== AGENT);
    expect(new Set(others.map(({ reason }) => reason))).toEqual(new Set(['no-snapshot']));
  });

  it('derives policies that refuse nothing of what happened, and forget no destination', () => {
    expect(report.policies.map(({ substrate }) => substrate).toSorted()).toEqual([
      'networkpolicy',
      'seccomp',
    ]);
    for (const { replay } of report.policies) {
      expect(replay.denied).toEqual([]);
      expect(replay.checked).toBeGreaterThan(0);
    }
    // One pod is one session: below the threshold, so every destination is up for review with its count.
    const { review } = report.policies.find(({ substrate }) => substrate === 'networkpolicy')!;
    const said = [...countOf(connects(truth).map(({ subject }) => subject))].map(
      ([subject, times]) => `${subject} ${times}`,
    );
    const seen = review.map((line) => {
      const [, subject, times] = /(tcp\/[\d.:]+)\)? seen (\d+) times? in 1 session$/.exec(line) ?? [];
      return `${subject} ${times}`;
    });
    expect(seen.toSorted()).toEqual(said.toSorted());
  });

  it('writes a bill of materials that is strictly valid and lists what was loaded, and that only', async () => {
    const validator = new Validation.JsonStrictValidator(
      '1.6' as ConstructorParameters<typeof Validation.JsonStrictValidator>[0],
    );
    expect(await validator.validate(JSON.stringify(report.bom))).toBeNull();
    const models = ofKind(truth, 'model-load').map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
    const frameworks = loadedByBom('framework');
    expect(frameworks).toEqual(['@modelcontextprotocol/sdk', 'openai']);
    expect([...loadedByBom('library'), ...frameworks].toSorted()).toEqual([...imported(truth)].toSorted());
    const answered = MODEL.slice(MODEL.indexOf('/') + 1);
    expect(loadedByBom('model')).toEqual([...new Set([...models, answered])].toSorted());
  });
});

/** Programs that were gone before anybody could look whether they speak TLS; that the agent's own does is known. */
function isOfHelpers(reason: string): boolean {
  const images = /^not heard under TLS: (.*)$/.exec(reason)?.[1]?.split(/(?<=\)), /) ?? [''];
  return images.every((image) => /^\/usr\/bin\/\S+ \(refused, /.test(image));
}

/** The estate declares one model, two frameworks and a library, and allows all but the feature store by itself. */
function expectedFindings(): string[] {
  const libraries = imported(truth);
  const reached = new Set(connects(truth).map(({ subject }) => subject));
  const files = new Set(ofKind(truth, 'read').map(({ path }) => path));
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  const undeclared = new Set(ofKind(truth, 'model-load').map(({ path }) => path));
  undeclared.delete('/models/corpus-embed-v1.safetensors');
  return [
    ...(libraries.has('@langchain/core') ? [] : ['unloaded-library: library @langchain/core']),
    // langsmith came with it, and nothing declares it.
    ...(libraries.has('langsmith') ? [] : ['unloaded-library: installed AI packages']),
    ...(reached.has(FEATURE_STORE)
      ? [
          'foreign-policy-egress: AdminNetworkPolicy platform-shared-services: egress to all pods in shared-services, TCP 8080',
        ]
      : []),
    ...(files.has(token) && reached.has(API_SERVER)
      ? ['inherited-api-access: ClusterRoleBinding research-namespace-readers']
      : []),
    ...[...undeclared].map((path) => `undeclared-model: model ${path.slice('/models/'.length)}`),
  ].map((line) => `${AGENT} ${line}`);
}

function finding(kind: string): Report['findings'][number] {
  return report.findings.find((one) => one.kind === kind)!;
}

type Component = { name: string; properties?: { name: string; value: string }[] };

/** Names of the components of this kind whose presence is "observed", declared or not. */
function loadedByBom(kind: string): string[] {
  const property = ({ properties = [] }: Component, name: string): string =>
    properties.find((one) => one.name === `ai-spm:${name}`)?.value ?? '';
  return (report.bom!.components as Component[])
    .filter((one) => property(one, 'workload') === AGENT && property(one, 'kind') === kind)
    .filter((one) => /^(?:observed-not-declared|declared-and-observed)$/.test(property(one, 'presence')))
    .map(({ name }) => name)
    .toSorted();
}
