import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubernetesEstate, SourceCoverage } from '../../src/model/kubernetes.ts';
import { accessRules, kubernetesAccess } from '../../src/sources/kubernetes/access.ts';
import { readCollections } from '../../src/sources/kubernetes/live.ts';
import { type ApiObject, apply, collectionPath, definition, definitions } from './apply.ts';
import { CAN_RUN, type Cluster, startCluster } from './cluster.ts';
import { tokenOf } from './review.ts';

const FIXTURES = new URL('../../fixtures/kubernetes/', import.meta.url);
const CONSTRAINT_KINDS = ['K8sRequiredLabels', 'K8sAllowedRepos'];

function documents(text: string): ApiObject[] {
  return parseAllDocuments(text).map((one) => one.toJS() as ApiObject);
}

const named = (kind: string, name: string, namespace?: string): ApiObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

/** Each kind of constraint has a definition of its own, which Gatekeeper makes. */
function constraintDefinition(kind: string): ApiObject {
  const name = kind.toLowerCase();
  const group = 'constraints.gatekeeper.sh';
  const rest = { resource: 'admission' as const, namespaced: false, aliases: [] };
  return definition({ name, group, version: 'v1beta1', kind, ...rest });
}

function comparable(estate: KubernetesEstate): unknown {
  return JSON.parse(
    JSON.stringify({ ...estate, coverage: [] }, (key, one) => (/^(origin|readAt)$/.test(key) ? null : one)),
  );
}

function unread(coverage: readonly SourceCoverage[]): string[] {
  return coverage
    .filter(({ status }) => status === 'denied' || status === 'failed')
    .map(({ source, status }) => `${source.replace('kubernetes:', '')} ${status}`);
}

let cluster: Cluster;

/** What somebody reads who has exactly these roles. */
async function readWith(roles: readonly ApiObject[], where: string, namespaces: readonly string[] | null) {
  for (const role of roles) await replace(role);
  const kubeconfig = cluster.kubeconfig(await tokenOf(cluster, where, 'ai-spm-reader'), where);
  const estate = await readCollections({ kubeconfig, namespaces });
  for (const role of roles) await cluster.send('DELETE', `${collectionPath(role)}/${role.metadata.name}`);
  return estate;
}

async function replace(role: ApiObject): Promise<void> {
  await cluster.send('DELETE', `${collectionPath(role)}/${role.metadata.name}`);
  await apply(cluster, [role]);
}

describe.skipIf(!CAN_RUN)('the role that kubernetesAccess prints, in a real cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
    await apply(cluster, [...definitions(), ...CONSTRAINT_KINDS.map(constraintDefinition)]);
    const text = readFileSync(fileURLToPath(new URL('posture-objects.yaml', FIXTURES)), 'utf8');
    const pod = { ...named('Pod', 'p', 'lab'), spec: { containers: [{ name: 'c', image: 'i' }] } };
    await apply(cluster, [
      ...['lab', 'other', 'kube-system', 'istio-system'].map((name) => named('Namespace', name)),
      ...['lab', 'other', 'default'].map((name) => named('ServiceAccount', 'default', name)),
      ...['lab', 'default'].map((name) => named('ServiceAccount', 'ai-spm-reader', name)),
      ...documents(text),
      pod,
      named('ConfigMap', 'settings', 'lab'),
      { ...named('ConfigMap', 'cilium-config', 'kube-system'), data: { 'enable-policy': 'always' } },
      { ...named('ConfigMap', 'istio', 'istio-system'), data: { mesh: 'trustDomain: example.org' } },
      named('Secret', 'key', 'lab'),
    ]);
  });
  afterAll(() => cluster?.close());

  it('reads what an administrator reads', async () => {
    const roles = documents(kubernetesAccess(null));
    const admin = async () =>
      readCollections({ kubeconfig: cluster.kubeconfig(undefined, 'default'), namespaces: null });
    for (const role of roles) await replace(role);
    const all = await admin();
    const kubeconfig = cluster.kubeconfig(await tokenOf(cluster, 'default', 'ai-spm-reader'));
    const limited = await readCollections({ kubeconfig, namespaces: null });
    expect(unread(limited.coverage)).toEqual([]);
    expect(comparable(limited)).toEqual(comparable(all));
    expect([limited.admission!.length, limited.agents!.length]).toEqual([6, 6]);
    expect([limited.cilium?.enforcement, limited.mesh?.settings?.trustDomain]).toEqual([
      'always',
      'example.org',
    ]);
  });

  it('needs each of its resources: without one, its collection is denied and no other', async () => {
    const [role, binding] = documents(kubernetesAccess(null)) as [ApiObject, ApiObject];
    const rules = accessRules(null);
    for (const [index, rule] of rules.entries())
      for (const resource of rule.resources) {
        const rest = rule.resources.filter((one) => one !== resource);
        const without = rest.length > 0 ? [{ ...rule, resources: rest }] : [];
        const less = { ...role, rules: rules.toSpliced(index, 1, ...without) };
        const { coverage } = await readWith([less, binding], 'default', null);
        expect(unread(coverage).length, `without ${resource}.${rule.apiGroups}`).toBe(1);
      }
  });

  it('of one namespace reads that namespace, and says what it cannot', async () => {
    const roles = documents(kubernetesAccess(['lab']));
    const estate = await readWith(roles, 'lab', ['lab']);
    const wide = await readCollections({ kubeconfig: cluster.kubeconfig(), namespaces: ['lab'] });
    expect(estate.pods).toEqual(wide.pods);
    expect(estate.agents).toEqual(wide.agents);
    expect(estate.namespaces.map(({ ref }) => ref.name)).toEqual(['lab']);
    const text = kubernetesAccess(['lab']);
    const denied = unread(estate.coverage).map((one) => one.replace(/ denied$/, ''));
    expect(denied.filter((one) => !text.includes(one))).toEqual([]);
    expect(denied).toContain('clusterroles');
    expect(denied).not.toContain('rolebindings');
  });

  it('of one namespace reads that one where all are asked for, and says why', async () => {
    const { coverage, pods } = await readWith(documents(kubernetesAccess(['lab'])), 'lab', null);
    const row = coverage.find(({ source }) => source === 'kubernetes:pods')!;
    expect(row).toMatchObject({ status: 'read', namespaces: ['lab'], objects: pods.length });
    expect(row.reason).toContain('cannot list resource "pods"');
  });

  it('credentials that are none are said, with what to do', async () => {
    const kubeconfig = cluster.kubeconfig('expired');
    await expect(readCollections({ kubeconfig, namespaces: null })).rejects.toMatchObject({
      message: expect.stringContaining('credentials of context real were refused'),
      hint: expect.stringContaining('log in again'),
    });
  });

  it('of one namespace needs each of its resources too', async () => {
    const [role, binding] = documents(kubernetesAccess(['lab'])) as [ApiObject, ApiObject];
    const rules = accessRules(['lab']);
    const whole = unread((await readWith([role, binding], 'lab', ['lab'])).coverage).length;
    for (const [index, rule] of rules.entries())
      for (const resource of rule.resources) {
        const rest = rule.resources.filter((one) => one !== resource);
        const without = rest.length > 0 ? [{ ...rule, resources: rest }] : [];
        const less = { ...role, rules: rules.toSpliced(index, 1, ...without) };
        const { coverage } = await readWith([less, binding], 'lab', ['lab']);
        expect(unread(coverage).length, `without ${resource}.${rule.apiGroups}`).toBe(whole + 1);
      }
  });

  it('never lists Secrets or ConfigMaps, and never asks what it may', () => {
    const text = `${kubernetesAccess(null)}${kubernetesAccess(['lab', 'other'])}`;
    expect(text).not.toMatch(/secrets|accessreviews|\bcreate\b|\bwatch\b/);
    const configMaps = accessRules(null).filter(({ resources }) => resources.includes('configmaps'));
    expect(configMaps.flatMap(({ verbs, resourceNames }) => [verbs, resourceNames])).toEqual([
      ['get'],
      ['cilium-config'],
      ['get'],
      ['istio'],
    ]);
    for (const rule of [...accessRules(null), ...accessRules(['lab'])]) {
      expect(rule.verbs.every((verb) => verb === 'list' || verb === 'get')).toBe(true);
      expect(rule.apiGroups).not.toContain('*');
    }
  });
});
