/**
 * The least read-only role that the live reading needs, as YAML: what COLLECTIONS lists, what SETTINGS names, and nothing
 * else. Never Secrets, no other ConfigMap, never a review of its own permissions, which would count as use.
 */
import { stringify } from 'yaml';
import { type Collection, pluralOf } from './collection.ts';
import { COLLECTIONS, kubectlName } from './collections.ts';
import { SETTINGS, type Setting } from './settings.ts';

const NAME = 'ai-spm-reader';
const GROUP = 'rbac.authorization.k8s.io';

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };

/**
 * `namespaces` null: one ClusterRole. Otherwise one Role a namespace, with which everything that has no namespace stays
 * unread. The bindings name a ServiceAccount, to be replaced by whoever runs the audit.
 */
export function kubernetesAccess(namespaces: readonly string[] | null): string {
  const documents = namespaces === null ? clusterWide() : namespaces.flatMap(inNamespace);
  return `${heading(namespaces)}${documents.map((one) => stringify(one)).join('---\n')}`;
}

/** The rules of the role that kubernetesAccess prints for the whole cluster, or for one of the namespaces. */
export function accessRules(namespaces: readonly string[] | null): Rule[] {
  if (namespaces === null) return [...rulesFor(COLLECTIONS), ...SETTINGS.map(settingRule)];
  const own: Rule = { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] };
  const settings = SETTINGS.filter(({ at }) => namespaces.includes(at.namespace));
  return [...rulesFor(COLLECTIONS.filter(({ namespaced }) => namespaced)), own, ...settings.map(settingRule)];
}

function settingRule({ at }: Setting): Rule {
  return { apiGroups: [''], resources: ['configmaps'], resourceNames: [at.name], verbs: ['get'] };
}

function rulesFor(collections: readonly Collection[]): Rule[] {
  const groups = new Map<string, string[]>();
  for (const one of collections) groups.set(one.group, [...(groups.get(one.group) ?? []), pluralOf(one)]);
  return [...groups].map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['list'] }));
}

function clusterWide(): object[] {
  const role = { name: NAME };
  return [
    { apiVersion: `${GROUP}/v1`, kind: 'ClusterRole', metadata: role, rules: accessRules(null) },
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: role,
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: NAME },
      subjects: [reader('default')],
    },
  ];
}

function inNamespace(namespace: string): object[] {
  const metadata = { name: NAME, namespace };
  return [
    { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata, rules: accessRules([namespace]) },
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: GROUP, kind: 'Role', name: NAME },
      subjects: [reader(namespace)],
    },
  ];
}

function reader(namespace: string): object {
  return { kind: 'ServiceAccount', name: NAME, namespace };
}

function heading(namespaces: readonly string[] | null): string {
  const lines = [
    'What ai-spm reads of a cluster, and no more. Replace the subject of each binding by who runs it.',
    'What the API serves it asks of /apis, which every authenticated identity may (system:discovery).',
  ];
  if (namespaces === null)
    lines.push('An Istio with a revision reads ConfigMap istio-<revision>: add that name beside istio.');
  else {
    const unread = COLLECTIONS.filter(({ namespaced, name }) => !namespaced && name !== 'namespaces');
    lines.push(`Unread, since it has no namespace: ${unread.map(kubectlName).join(', ')}.`);
    const elsewhere = SETTINGS.filter(({ at }) => !namespaces.includes(at.namespace));
    const where = elsewhere.map(({ name, at }) => `${name} (ConfigMap ${at.namespace}/${at.name})`);
    if (where.length > 0) lines.push(`Unread, since it lies in another namespace: ${where.join(', ')}.`);
    lines.push('What rests on that stays cannot-tell; without -n the role for the whole cluster is printed.');
  }
  return lines.map((line) => `# ${line}\n`).join('');
}
