import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { accessRules, kubernetesAccess } from '../../../src/sources/kubernetes/access.ts';
import { pluralOf } from '../../../src/sources/kubernetes/collection.ts';
import { COLLECTIONS } from '../../../src/sources/kubernetes/collections.ts';

/** On a real API server, with each of its resources taken away: test/kubernetes/access.test.ts. */
describe('kubernetesAccess', () => {
  const listed = (namespaces: readonly string[] | null) =>
    accessRules(namespaces)
      .filter(({ verbs }) => verbs.includes('list'))
      .flatMap(({ apiGroups, resources }) => resources.map((one) => `${one}.${apiGroups}`));

  it('lists every collection that is read, once, and nothing else', () => {
    expect(listed(null).sort()).toEqual(COLLECTIONS.map((one) => `${pluralOf(one)}.${one.group}`).sort());
    expect(listed(['lab']).sort()).toEqual(
      COLLECTIONS.filter(({ namespaced }) => namespaced)
        .map((one) => `${pluralOf(one)}.${one.group}`)
        .sort(),
    );
  });

  it.each([[null], [['lab']], [['lab', 'shop']]])(
    'for %j is YAML of roles and bindings that only read',
    (where) => {
      const text = kubernetesAccess(where);
      const objects = parseAllDocuments(text).map((one) => one.toJS() as Record<string, unknown>);
      const kinds = where === null ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding'];
      expect(objects.map(({ kind }) => kind)).toEqual((where ?? ['']).flatMap(() => kinds));
      expect(text).not.toMatch(/secrets|accessreviews/);
      const verbs = new Set(accessRules(where).flatMap((one) => one.verbs));
      expect([...verbs]).toEqual(['list', 'get']);
    },
  );

  it.each([
    [null, ['cilium-config', 'istio']],
    [['lab'], []],
    [['kube-system'], ['cilium-config']],
  ])('for %j gets these ConfigMaps by name: %j', (where, names) => {
    const rules = accessRules(where).filter(({ resources }) => resources.includes('configmaps'));
    expect(rules).toEqual(
      names.map((name) => ({
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: [name],
        verbs: ['get'],
      })),
    );
  });

  it('names a namespace as it is, whatever it is called', () => {
    const [role] = parseAllDocuments(kubernetesAccess(['a: b\n---\nkind: x'])).map((one) => one.toJS());
    expect(role).toMatchObject({ kind: 'Role', metadata: { namespace: 'a: b\n---\nkind: x' } });
  });
});
