/** Admission policies, operators and security contexts, as a user reads them in the report. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type KubernetesEstate, RESOURCES } from '../../src/model/kubernetes.ts';
import { configurationRows } from '../../src/reconcile/configuration.ts';
import { isAgent } from '../../src/reconcile/is-agent.ts';
import { buildLedger } from '../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { resolveEstate } from '../../src/scope/resolve.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

const OBJECTS = parseAllDocuments(
  readFileSync(new URL('../../fixtures/kubernetes/posture-objects.yaml', import.meta.url), 'utf8'),
).map((one) => one.toJS() as object);

type Given = { labels?: object; spec?: object; refused?: string[]; name?: string; objects?: object[] };

function estateOf({ labels = {}, spec = {}, refused = [], name = 'other', objects = OBJECTS }: Given) {
  const builder = createEstateBuilder(null);
  const metadata = { namespace: 'lab', name };
  const containers = [{ name: 'main', image: 'i' }];
  for (const one of [
    ...objects,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab', labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'lab', name: 'default' } },
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
      spec: { template: { spec: { containers, ...spec } } },
    },
  ])
    builder.add(one, null);
  const coverage: KubernetesEstate['coverage'] = RESOURCES.map((resource) => ({
    ...{ source: `kubernetes:${resource}`, resource, namespaces: null, objects: 1 },
    ...(refused.includes(resource)
      ? { status: 'denied' as const, reason: 'forbidden' }
      : { status: 'read' as const, reason: null }),
  }));
  return builder.finish({ origin: 'the case', readAt: null, coverage });
}

function ledgerOf(given: Given) {
  const none = { aws: null, gcp: null, azure: null, databases: null };
  const configured = resolveEstate({ kubernetes: estateOf(given), ...none }).posture;
  return buildLedger({
    ...{ configured, observed: null, baseline: null, usage: null },
    thresholds: DEFAULT_THRESHOLDS,
  });
}

const said = (given: Given, aspect: string) =>
  configurationRows(ledgerOf(given))
    .filter((one) => one.aspect === aspect)
    .map(({ subject, says }) => `${subject}: ${says}`);

describe('rows of configuration', () => {
  it.each([
    [{}, 'shares nothing with its node'],
    [{ hostNetwork: true, hostPID: true, hostIPC: true }, 'SHARES with its node: network, processes, IPC'],
    [{ serviceAccountName: 'research' }, 'ServiceAccount research'],
  ])('pod %o', (spec, words) => {
    expect(said({ spec }, 'pod').join()).toContain(words);
  });

  it.each([
    [{}, {}, ['root too', 'may gain privileges', "the runtime's Linux capabilities", 'seccomp unset']],
    [
      { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      {},
      ['not as root', 'RuntimeDefault'],
    ],
    [{ runAsUser: 1000 }, { runAsUser: 0 }, ['user 0 (root)']],
    [{}, { privileged: true, capabilities: { drop: ['ALL'] } }, ['PRIVILEGED', 'all Linux capabilities']],
    [
      {},
      {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
      },
      ['gains no privileges', 'read-only', 'adds NET_RAW; drops ALL'],
    ],
  ])('securityContext of pod %o and container %o', (pod, container, words) => {
    const containers = [{ name: 'main', image: 'i', securityContext: container }];
    const [row] = said({ spec: { containers, securityContext: pod } }, 'container');
    for (const word of words) expect(row).toContain(word);
  });

  it('levels of Pod Security, and that none is set or known', () => {
    const level = 'pod-security.kubernetes.io/';
    const labels = {
      [`${level}enforce`]: 'baseline',
      [`${level}enforce-version`]: 'v1.30',
      [`${level}warn`]: 'restricted',
    };
    expect(said({ labels }, 'pod-security')).toEqual([
      'Namespace lab: enforce baseline (v1.30), warn restricted',
    ]);
    expect(said({}, 'pod-security')[0]).toContain('no level is set');
  });

  it('policies of three engines that are asked about its pods', () => {
    expect(said({}, 'admission').sort()).toEqual([
      'ClusterPolicy signed-images: audit, mutate',
      'K8sAllowedRepos repos: deny',
      'Policy lab/limits: enforce',
      'ValidatingAdmissionPolicyBinding no-privileged-everywhere: deny, audit what ValidatingAdmissionPolicy no-privileged finds',
    ]);
    expect(said({ refused: ['admission'] }, 'admission').at(-1)).toContain(
      'not known: kubernetes:admission denied',
    );
    expect(said({ objects: [] }, 'admission')).toEqual([]);
  });

  it('the object of an operator by which it is run, with its model and its tools', () => {
    const [row] = said({ name: 'research' }, 'operator');
    expect(row).toContain('Agent lab/research: kagent agent; model gpt-5-mini of OpenAI');
    expect(row).toContain('RemoteMCPServer papers at https://papers.example.org/mcp (search, fetch)');
    expect(row).not.toContain('must-not-survive');
    expect(said({ name: 'fetch' }, 'operator')[0]).toContain('MCPServer lab/fetch: toolhive tool-server');
    expect(said({}, 'operator')).toEqual([]);
    expect(said({ refused: ['agents'] }, 'operator')[0]).toContain('not known');
  });

  it('what an operator runs is an agent, without a label', () => {
    const of = (name: string) => ledgerOf({ name }).workloads.map(isAgent);
    expect(of('research')).toEqual([true]);
    expect(of('other')).toEqual([false]);
  });
});
