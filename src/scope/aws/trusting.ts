/** Roles that trust tokens of an issuer, by the subjects that they name: an estate has thousands, and a pod few. */
import { compilePolicy } from '../../match/aws/policy.ts';
import type { AwsRole } from '../../model/aws.ts';
import { push } from './resource-grants.ts';
import type { TrustIndex } from './trust-index.ts';

type BySubject = { named: ReadonlyMap<string, readonly AwsRole[]>; wide: readonly AwsRole[] };
export type Trusting = (
  providers: () => readonly string[],
  issuer: string,
  subject: string,
) => readonly AwsRole[];

/** `providers`: ARNs under which the issuer is one. The trust itself is still to be asked. */
export function trustingRoles({ named }: TrustIndex): Trusting {
  const known = new Map<string, BySubject>();
  return (providers, issuer, subject) => {
    const found =
      known.get(issuer) ??
      index(
        providers().flatMap((arn) => named.get(arn) ?? []),
        issuer,
      );
    known.set(issuer, found);
    return [...(found.named.get(subject) ?? []), ...found.wide];
  };
}

function index(roles: readonly AwsRole[], issuer: string): BySubject {
  const named = new Map<string, AwsRole[]>();
  const wide: AwsRole[] = [];
  for (const role of new Set(roles)) {
    const subjects = subjectsOf(role, `${issuer.toLowerCase()}:sub`);
    if (subjects === null) wide.push(role);
    else for (const one of subjects) push(named, one, role);
  }
  return { named, wide };
}

/** Null: by wildcards, or not at all. */
function subjectsOf({ trust }: AwsRole, key: string): ReadonlySet<string> | null {
  const subjects = new Set<string>();
  for (const { source, conditions } of compilePolicy(trust).statements) {
    if (source.effect !== 'Allow') continue;
    const pinned = conditions.find((one) => one.key === key && one.source.operator === 'StringEquals');
    if (!pinned) return null;
    for (const value of pinned.source.values) subjects.add(value);
  }
  return subjects;
}
