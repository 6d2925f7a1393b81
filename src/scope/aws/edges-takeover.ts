/** Identities that a principal takes over: by changing whom a role trusts, by keys of users, on instances that run. */
import { parseArn } from '../../match/aws/arn.ts';
import { compilePolicy } from '../../match/aws/policy.ts';
import type { AwsPolicy } from '../../model/aws.ts';
import type { IdentityEdge } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { answer } from './answer.ts';
import { allOf, ask, type EdgeWorld, edge, type IsDone } from './edges-assume.ts';
import { askedLayers, type Own } from './layers.ts';
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
      mayTarget(targets, arn) ? (edge(own, becomes(arn), by, takes(world, own, action, arn)) ?? []) : [],
    );
    const best = found.find((one) => one.effect === 'allow') ?? found[0];
    if (best) edges.push(best);
  }
  return edges;
}

function takes(world: EdgeWorld, own: Own, action: string, arn: string): Answer {
  const taken = ask(world, own, action, arn);
  if (action !== 'iam:updateassumerolepolicy' || taken.verdict === 'deny') return taken;
  return allOf([taken, { ...assumesOpened(world, own, arn), path: [] }]);
}

/** Once the role trusts everybody of its account: what denies it, and what its organization leaves out, still does. */
function assumesOpened(world: EdgeWorld, own: Own, arn: string): Answer {
  const asked = askedLayers(world, own, 'sts:assumerole', parseArn(arn, false), {});
  const resource = { ...asked.layers.resource, policy: compilePolicy(OPEN_TRUST), unread: null };
  return answer(own, { ...asked, layers: { ...asked.layers, resource } });
}

const OPEN_TRUST: AwsPolicy = {
  ...{ id: 'trust', name: 'trust', version: '2012-10-17', problem: null },
  statements: [
    {
      ...{ sid: null, effect: 'Allow', actions: ['sts:AssumeRole', 'sts:TagSession'], notAction: false },
      ...{ resources: null, notResource: false, principals: [{ type: 'AWS', value: '*' }] },
      ...{ notPrincipal: false, conditions: [], field: 'Statement[0]' },
    },
  ],
};

/** Whoever runs commands on an instance has the role of its profile. */
function onInstances(world: EdgeWorld, own: Own, isDone: IsDone): IdentityEdge[] {
  const { instanceRoles } = world.index;
  return each(world, own, ON_INSTANCES, instanceRoles.keys(), (arn) => instanceRoles.get(arn)!, isDone);
}
