/** Roles that a principal becomes by passing them to compute that it makes. */
import type { AwsRole } from '../../model/aws.ts';
import type { IdentityEdge } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { hop } from './attachments.ts';
import { COMPUTE, type Compute } from './compute-table.ts';
import { allOf, ask, type EdgeWorld, edge, type IsDone } from './edges-assume.ts';
import type { Own } from './layers.ts';
import { mayTarget, targetsOf } from './targets.ts';

/** One edge per role, by the first compute of the table that works. */
export function passEdges(world: EdgeWorld, own: Own, isDone: IsDone): IdentityEdge[] {
  const targets = targetsOf(own, 'iam:passrole');
  if (targets === 'none') return [];
  const edges = new Map<string, IdentityEdge>();
  const asked = new Map<string, Answer>();
  for (const compute of COMPUTE) {
    const makes = compute.actions.map((action) =>
      once(asked, action, () => ask(world, own, action.toLowerCase(), null)),
    );
    if (makes.some((one) => one.verdict === 'deny')) continue;
    for (const role of passable(world, own, compute)) {
      if (isDone(role.arn) || edges.get(role.arn)?.effect === 'allow' || !mayTarget(targets, role.arn))
        continue;
      const found = passEdge(world, own, compute, role, makes);
      if (found && (found.effect === 'allow' || !edges.has(role.arn))) edges.set(role.arn, found);
    }
  }
  return [...edges.values()];
}

function once(answers: Map<string, Answer>, key: string, make: () => Answer): Answer {
  const known = answers.get(key) ?? make();
  answers.set(key, known);
  return known;
}

/** Roles are passed within their account. */
function passable({ trust }: EdgeWorld, { principal }: Own, { service, profile }: Compute): AwsRole[] {
  return (trust.named.get(service) ?? []).filter(
    (role) => role.account === principal.caller.account && (!profile || role.instanceProfiles.length > 0),
  );
}

function passEdge(
  world: EdgeWorld,
  own: Own,
  { service, actions }: Compute,
  role: AwsRole,
  makes: readonly Answer[],
): IdentityEdge | null {
  const context = { 'iam:passedtoservice': [service] };
  const joined = allOf([ask(world, own, 'iam:passrole', role.arn, context), ...makes]);
  const trusted = hop(`Role ${role.arn}`, 'AssumeRolePolicyDocument', `trusts ${service}`, false);
  const by = ['iam:PassRole', ...actions].join(' + ');
  return edge(own, role.arn, by, { ...joined, path: [...joined.path, trusted] });
}
