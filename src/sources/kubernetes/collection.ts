/** One collection of the API: what it is called, and in which version it is asked for. */
import type { ResourceName } from '../../model/kubernetes.ts';

export type Collection = {
  /** Its one name here; the plural of the API path and of `kubectl get`, unless `plural` is. */
  name: string;
  /** Where several groups have the same plural. `*`: every kind of the group, as discovery lists them. */
  plural?: string;
  /** `apps`; empty: core. */
  group: string;
  version: string;
  /** Asked for in this order where `version` is not served. */
  otherVersions?: readonly string[];
  kind: string;
  resource: ResourceName;
  namespaced: boolean;
  /** Further spellings that kubectl takes, for file names of exports. */
  aliases: readonly string[];
};

type Rest = {
  cluster?: true;
  aliases?: readonly string[];
  plural?: string;
  otherVersions?: readonly string[];
};

export function collection(
  name: string,
  apiVersion: string,
  kind: string,
  resource: ResourceName,
  { cluster, aliases = [], ...rest }: Rest = {},
): Collection {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { name, ...rest, group: group!, version: version!, kind, resource, namespaced: !cluster, aliases };
}

/** As the API path and a role name it. */
export function pluralOf({ plural, name }: Collection): string {
  return plural ?? name;
}

/** `apps/v1`; core's is `v1`. */
export function apiVersionOf({ group, version }: Pick<Collection, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The collection in a version that is served; null: in none. `served`: null where it may not be asked. */
export function inServedVersion(one: Collection, served: ReadonlySet<string> | null): Collection | null {
  if (served === null || one.group === '') return one;
  const versions = [one.version, ...(one.otherVersions ?? [])];
  const version = versions.find((each) => served.has(`${one.group}/${each}`));
  return version === undefined ? null : { ...one, version };
}

/** `apps/Deployment`; the version is left out, since other versions of these kinds have the same fields. */
export function kindKey(apiVersion: string, kind: string): string {
  const slash = apiVersion.indexOf('/');
  return `${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`;
}
