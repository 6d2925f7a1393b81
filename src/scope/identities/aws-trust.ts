/** Trust of AWS roles, as credential sources ask for it; without an estate nothing is known of any. */
import type { AwsEstate, AwsPodIdentity } from '../../model/aws.ts';
import type { Answer } from '../../model/query.ts';
import type { AwsScope } from '../aws/index.ts';
import { podFacts, taggedSession } from '../aws/pod-sessions.ts';
import type { AwsTrust, Trusted } from './aws.ts';

export function awsTrust(scope: AwsScope | null, estate: AwsEstate | null): AwsTrust {
  if (!scope || !estate) return { webIdentity: unread, podIdentity: unread, trusting: () => [] };
  const known = new Map<string, readonly Trusted[]>();
  return {
    trusting(issuer, subject) {
      const key = `${issuer} ${subject}`;
      const made = known.get(key) ?? trusting(scope, estate, { issuer, subject });
      known.set(key, made);
      return made;
    },
    webIdentity(role, { issuer, subject, audience }) {
      if (issuer !== null) return scope.webIdentity(role, { issuer, subject, audience });
      const reason = 'the issuer of its tokens is not known: no EKS cluster was read that this one must be';
      return { verdict: 'cannot-tell', reason, path: [], conditions: [] };
    },
    podIdentity(association, cluster) {
      const known = cluster ? { ...association, clusterArn: cluster.arn } : association;
      const answer = scope.podIdentity(known.role, known, podFacts(known));
      const ways = answer.verdict === 'deny' ? [] : toTarget(scope, known);
      const worst = ways.reduce((a: Answer, b) => (rank(b) > rank(a) ? b : a), answer);
      const all = [answer, ...ways];
      const conditions = [...new Set(all.flatMap((one) => one.conditions))];
      return { ...worst, path: all.flatMap(({ path }) => path), conditions };
    },
  };
}

/** By the first audience that the provider takes and the role does not refuse. */
function trusting(
  scope: AwsScope,
  { oidcProviders }: AwsEstate,
  { issuer, subject }: { issuer: string; subject: string },
): Trusted[] {
  return scope.trusting(issuer, subject).flatMap(({ arn: role, account }) => {
    const provider = oidcProviders.find((one) => one.account === account && one.url === issuer);
    const audiences = provider?.clientIds ?? ['sts.amazonaws.com'];
    for (const audience of audiences) {
      const answer = scope.webIdentity(role, { issuer, subject, audience });
      if (answer.verdict === 'allow' || answer.verdict === 'conditional') return [{ role, audience, answer }];
    }
    return [];
  });
}

/** The role has to be allowed to assume the target, with the tags that it hands on; none without a target. */
function toTarget(scope: AwsScope, association: AwsPodIdentity): Answer[] {
  const { role, targetRole, externalId, disableSessionTags } = association;
  if (targetRole === null) return [];
  const session = taggedSession(association);
  const sent = Object.entries(session.tags).map(([key, value]) => [`aws:requesttag/${key}`, [value]]);
  const context: Record<string, readonly string[]> = Object.fromEntries(sent);
  context['sts:externalid'] = externalId === null ? [] : [externalId];
  context['aws:tagkeys'] = [...Object.keys(session.tags), ...(session.open ?? [])];
  const actions = disableSessionTags ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'];
  return actions.map((action) =>
    scope.decideUnder({ principal: role, action, resource: targetRole, context }, session),
  );
}

const ORDER: readonly Answer['verdict'][] = ['allow', 'conditional', 'cannot-tell', 'deny'];

function rank({ verdict }: Answer): number {
  return ORDER.indexOf(verdict);
}

function unread() {
  return { verdict: 'cannot-tell' as const, reason: 'AWS was not read', path: [], conditions: [] };
}
