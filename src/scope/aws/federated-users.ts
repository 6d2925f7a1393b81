/**
 * Sessions of GetFederationToken, `arn:aws:sts::<account>:federated-user/<name>`: what a user that may make them may, as
 * far as the session policy goes that it passed, which nothing tells; and what policies of resources give to the session
 * by its name. The account's root user can make them too, and is left out.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
import type { AwsUser } from '../../model/aws.ts';
import type { Answer } from '../../model/query.ts';
import type { CloudRequest } from '../cloud.ts';
import { allOf, ask } from './edges-assume.ts';
import { type Own, ownLayers, type World } from './layers.ts';
import { findPrincipal } from './principals.ts';

const ORDER: readonly Answer['verdict'][] = ['allow', 'conditional', 'cannot-tell', 'deny'];
const MAKES = 'sts:getfederationtoken';
const ASKS = 'sts:getcalleridentity';
const PASSED = 'the session policy that was passed with GetFederationToken, which nothing tells';

/** Null: no such session, or one of an account that was not read. */
export function federatedAccount({ index }: World, arn: string): string | null {
  const [, account] = /^arn:[a-z-]+:sts::(\d{12}):federated-user\/[^/]+$/.exec(arn) ?? [];
  return account !== undefined && index.accounts.has(account) ? account : null;
}

/** `session`: the ARN; `given`: condition keys in lower case. */
export function decideFederated(
  world: World,
  session: { arn: string; account: string },
  request: Pick<CloudRequest, 'resource'> & { action: string; given: CloudRequest['context'] },
): Answer {
  const { action } = request;
  if (action.startsWith('sts:') && action !== ASKS)
    return refusal(`a session of GetFederationToken may call nothing of STS but GetCallerIdentity`);
  const makers = world.index.estate.users.filter(({ account }) => account === session.account);
  const answers = makers.flatMap((user) => asMadeBy(world, user, session.arn, request) ?? []);
  const best = answers.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict))[0];
  if (!best)
    return refusal(
      `no user of account ${session.account} may call sts:GetFederationToken for ${session.arn}`,
    );
  if (best.verdict === 'deny' || best.verdict === 'cannot-tell' || action === ASKS) return best;
  const open = best.verdict === 'allow' ? [`${PASSED}, does not deny it`] : [];
  if (action.startsWith('iam:'))
    open.push('it is signed in to the console: the API refuses IAM to such sessions');
  const conditions = [...best.conditions, ...open];
  return { ...best, verdict: 'conditional', conditions };
}

function refusal(reason: string): Answer {
  return { verdict: 'deny', reason, path: [], conditions: [] };
}

/** Null: that user may not make it. */
function asMadeBy(
  world: World,
  user: AwsUser,
  arn: string,
  { action, resource, given }: Parameters<typeof decideFederated>[2],
): Answer | null {
  const own = ownLayers(world, findPrincipal(world.index, user.arn)!, null);
  const makes = ask(world, own, MAKES, arn);
  if (makes.verdict === 'deny') return null;
  const asked = ask(world, madeBy(own, user, arn), action, resource, given);
  const way = `as a session of ${user.arn}: `;
  if (asked.verdict === 'deny') return { ...asked, reason: `${way}${asked.reason}` };
  const both = allOf([makes, asked]);
  return { ...both, reason: `${way}${both.verdict === asked.verdict ? asked.reason : both.reason}` };
}

function madeBy(own: Own, user: AwsUser, arn: string): Own {
  return {
    ...own,
    principal: {
      arn,
      id: `aws:${arn}`,
      caller: { type: 'federated-user', id: arn, account: user.account, role: null },
      holder: user,
      tags: null,
    },
    session: { name: 'the session policy', policies: [], unread: [PASSED] },
    tags: null,
  };
}
