/** The estate by name, each list read once. */
import type { AwsEstate, AwsGroup, AwsPolicy, AwsResourcePolicy, AwsRole, AwsUser } from '../../model/aws.ts';
import type { ResourceName, SourceCoverage } from '../../model/kubernetes.ts';

export type EstateIndex = {
  estate: AwsEstate;
  roles: ReadonlyMap<string, AwsRole>;
  /** `<account>/<name>`, as the ARNs of sessions have it. */
  rolesByName: ReadonlyMap<string, AwsRole>;
  users: ReadonlyMap<string, AwsUser>;
  /** By ARN and by `<account>/<name>`. */
  groups: ReadonlyMap<string, AwsGroup>;
  policies: ReadonlyMap<string, AwsPolicy>;
  controls: ReadonlyMap<string, AwsPolicy>;
  resourcePolicies: ReadonlyMap<string, AwsResourcePolicy>;
  /** ARN of an instance → ARN of the role of its profile. */
  instanceRoles: ReadonlyMap<string, string>;
  /** Accounts that were read. */
  accounts: ReadonlySet<string>;
  /** Worst coverage of a resource; null: nobody asked for it. */
  coverage(resource: ResourceName): SourceCoverage | null;
};

export function indexEstate(estate: AwsEstate): EstateIndex {
  const accounts = new Set(estate.accounts.map((one) => one.id));
  return {
    estate,
    roles: byKey(estate.roles, (one) => one.arn),
    rolesByName: byKey(estate.roles, nameKey),
    users: byKey(estate.users, (one) => one.arn),
    groups: new Map([...byKey(estate.groups, nameKey), ...byKey(estate.groups, (one) => one.arn)]),
    policies: byKey(estate.policies, (one) => one.id),
    controls: byKey(estate.organization?.policies ?? [], (one) => one.id),
    resourcePolicies: byKey(estate.resourcePolicies, (one) => one.resource),
    instanceRoles: instanceRoles(estate),
    accounts,
    coverage: (resource) => worst(estate.coverage.filter((one) => one.resource === resource)),
  };
}

/** The first of equal names stays. */
function byKey<T>(list: readonly T[], key: (one: T) => string): Map<string, T> {
  const map = new Map<string, T>();
  for (const one of list) if (!map.has(key(one))) map.set(key(one), one);
  return map;
}

export function nameKey({ account, name }: { account: string; name: string }): string {
  return `${account}/${name}`;
}

function worst(coverage: readonly SourceCoverage[]): SourceCoverage | null {
  return coverage.find((one) => one.status === 'denied' || one.status === 'failed') ?? coverage[0] ?? null;
}

function instanceRoles({ instances, instanceProfiles }: AwsEstate): Map<string, string> {
  const roles = new Map(instanceProfiles.map((one) => [one.arn, one.roles[0]]));
  const found = new Map<string, string>();
  for (const { id, account, region, profile } of instances) {
    const role = profile === null ? undefined : roles.get(profile);
    const partition = profile?.split(':', 2)[1] ?? 'aws';
    if (role) found.set(`arn:${partition}:ec2:${region}:${account}:instance/${id}`, role);
  }
  return found;
}
