/** Identities that a principal takes over: by changing whom a role trusts, by keys of users, on instances that run. */
import type { IdentityEdge } from '../../model/configured.ts';
import { ask, type EdgeWorld, edge, type IsDone } from './edges-assume.ts';
import type { Own } from './layers.ts';
import { mayTarget, targetsOf } from './targets.ts';

const OF_USERS = ['iam:CreateAccessKey', 'iam:CreateLoginProfile', 'iam:UpdateLoginProfile'];
const ON_INSTANCES = ['ssm:SendCommand', 'ssm:StartSession'];

export function takeoverEdges(world: EdgeWorld, own: Own, isDone: IsDone): IdentityEdge[] {
  const { roles, users } = world.index;
  return [
    ...each(world, own, ['iam:UpdateAssumeRolePolicy'], roles.keys(), (arn) => arn, isDone),
    ...each(world, own, OF_USERS, users.keys(), (arn) => arn, isDone),
    ...onInstances(world, own, isDone),
  ];
}

/** Names are of the principal's account: IAM is not administered from another one. */
function each(
  world: EdgeWorld,
  own: Own,
  actions: readonly string[],
  arns: Iterable<string>,
  becomes: (arn: string) => string,
  isDone: IsDone,
): IdentityEdge[] {
  const asked = actions
    .map((by) => ({ by, action: by.toLowerCase(), targets: targetsOf(own, by.toLowerCase()) }))
    .filter(({ targets }) => targets !== 'none');
  if (asked.length === 0) return [];
  const { account } = own.principal.caller;
  const edges: IdentityEdge[] = [];
  for (const arn of arns) {
    if (arn.split(':', 5)[4] !== account || arn === own.principal.arn || isDone(becomes(arn))) continue;
    const found = asked.flatMap(({ by, action, targets }) =>
      mayTarget(targets, arn) ? (edge(own, becomes(arn), by, ask(world, own, action, arn)) ?? []) : [],
    );
    const best = found.find((one) => one.effect === 'allow') ?? found[0];
    if (best) edges.push(best);
  }
  return edges;
}

/** Whoever runs commands on an instance has the role of its profile. */
function onInstances(world: EdgeWorld, own: Own, isDone: IsDone): IdentityEdge[] {
  const { instanceRoles } = world.index;
  return each(world, own, ON_INSTANCES, instanceRoles.keys(), (arn) => instanceRoles.get(arn)!, isDone);
}
