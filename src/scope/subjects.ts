/** Whom a question means: names as users type them, against what was read. */
import { resourceGap } from '../match/source-coverage.ts';
import type { ConfiguredWorkload } from '../model/configured.ts';
import type { KubernetesEstate, Pod } from '../model/kubernetes.ts';
import { type Controller, controllerOf } from '../model/ownership.ts';
import { accountOf } from './rbac-subject.ts';

/** kubectl's short names of controllers. */
const KINDS: Readonly<Record<string, string>> = {
  deploy: 'deployment',
  sts: 'statefulset',
  ds: 'daemonset',
  cj: 'cronjob',
  rs: 'replicaset',
  po: 'pod',
};

export type Named<T> = { found: T } | { unknown: string };

/** `name`, `namespace/name`, `kind/namespace/name`, `namespace/kind/name`; kinds in any case, short or plural. */
export function findWorkload(
  workloads: readonly ConfiguredWorkload[],
  text: string,
  origin: string,
): Named<ConfiguredWorkload> {
  const parts = text.split('/');
  const matching = workloads.filter((one) => matches(one, parts));
  if (matching.length === 1) return { found: matching[0]! };
  if (matching.length === 0) return { unknown: `${origin} has no workload ${text}` };
  const names = matching
    .slice(0, 3)
    .map(({ kind, namespace, name }) => `${kind.toLowerCase()}/${namespace}/${name}`);
  return { unknown: `${text} names ${matching.length} workloads, ${names.join(' and ')}: say which` };
}

function matches({ kind, namespace, name }: ConfiguredWorkload, parts: readonly string[]): boolean {
  if (parts.at(-1) !== name || parts.length > 3) return false;
  const before = parts.slice(0, -1);
  if (before.length === 0) return true;
  if (before.length === 1) return before[0] === namespace || kindOf(before[0]!) === kind.toLowerCase();
  const [first, second] = before as [string, string];
  return (
    (kindOf(first) === kind.toLowerCase() && second === namespace) ||
    (first === namespace && kindOf(second) === kind.toLowerCase())
  );
}

function kindOf(word: string): string {
  const lower = word.toLowerCase();
  const short = Object.hasOwn(KINDS, lower) ? KINDS[lower]! : lower;
  return short.endsWith('s') && short !== 'ds' ? short.slice(0, -1) : short;
}

export function findPod(estate: KubernetesEstate, text: string): Named<Pod> {
  const [namespace, name, ...rest] = text.split('/');
  const pod =
    rest.length === 0
      ? estate.pods.find(({ ref }) => ref.namespace === namespace && ref.name === name)
      : undefined;
  return pod ? { found: pod } : { unknown: `${estate.origin} has no pod ${text}` };
}

const accounts = new WeakMap<KubernetesEstate, ReadonlySet<string>>();

/**
 * RBAC answers for names that nobody has, as the API server does: of one that is mistyped that has to be said beside it.
 * Empty: it is there, or is no ServiceAccount, or those of its namespace were not all read.
 */
export function noSuchAccount(estate: KubernetesEstate, principal: string): string {
  const named = accountOf(principal);
  if (named === null || resourceGap(estate.coverage, 'serviceaccounts', named.namespace) !== null) return '';
  const known =
    accounts.get(estate) ?? new Set(estate.serviceAccounts.map(({ ref }) => `${ref.namespace}/${ref.name}`));
  accounts.set(estate, known);
  const name = `${named.namespace}/${named.name}`;
  return known.has(name)
    ? ''
    : `; ${estate.origin} has no ServiceAccount ${name}, so nobody asks by that name`;
}

/** The controller of a pod, as workloads are keyed. */
export function controllerOfPod(estate: KubernetesEstate, pod: Pod): Controller {
  const find = (kind: string, name: string) =>
    estate.workloads.find(
      ({ ref }) => ref.kind === kind && ref.name === name && ref.namespace === pod.ref.namespace,
    );
  return controllerOf({ ...pod.ref, owners: pod.owners }, pod.template.labels, (kind, name) => {
    const found = find(kind, name);
    return found ? { ...found.ref, owners: found.owners } : null;
  });
}
