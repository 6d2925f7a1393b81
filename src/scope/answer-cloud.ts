/** Whether somebody may do something in a cloud: as the identities that it reaches, the nearest that may first. */
import { indexEdges, reachedPrincipals } from '../match/identity.ts';
import type { Cloud, ConfiguredWorkload, CredentialCandidate, Reached } from '../model/configured.ts';
import type { Answer, Query, QueryAction } from '../model/query.ts';
import { cannotTell, workloadOf } from './answer.ts';
import { tokenCondition } from './api-token.ts';
import type { CloudRequest } from './cloud.ts';
import { cloudOfAction, cloudOfPrincipal } from './principal-id.ts';
import type { Resolved } from './resolve.ts';
import { throughPods } from './through-pods.ts';

type CloudAction = Extract<QueryAction, { kind: 'cloud-action' }>;

const NAMES = { aws: 'AWS', gcp: 'GCP', azure: 'Azure' } as const satisfies Record<Cloud, string>;

export function answerCloud(resolved: Resolved, { subject }: Query, action: CloudAction): Answer {
  const cloud = cloudOfAction(action.action);
  if (!cloud) return cannotTell(`${action.action} is no action of AWS, GCP or Azure`);
  const scope = resolved.clouds.get(cloud);
  if (!scope) return cannotTell(`nothing was read of ${NAMES[cloud]}`);
  const ask = (principal: string, session?: string) =>
    scope.decide({ ...requestOf(principal, action), ...(session === undefined ? {} : { session }) });
  if ('awsPrincipal' in subject) return ask(subject.awsPrincipal);
  if ('gcpPrincipal' in subject) return ask(subject.gcpPrincipal);
  if ('azurePrincipal' in subject) return ask(subject.azurePrincipal);
  const workloads = workloadsOf(resolved, subject);
  if ('unknown' in workloads) return cannotTell(workloads.unknown);
  const inPods = 'workload' in subject || 'pod' in subject;
  const answers = workloads.found.map((one) => ({
    one,
    answer: asWorkload(resolved, one, { cloud, ask, inPods }),
  }));
  const [best, ...others] = answers.toSorted((a, b) => rank(a.answer) - rank(b.answer));
  // Which of them it is matters only where they differ.
  if (others.every(({ answer }) => answer.verdict === best!.answer.verdict)) return answers[0]!.answer;
  const { namespace, name } = best!.one;
  return { ...best!.answer, reason: `in the pods of ${namespace}/${name}: ${best!.answer.reason}` };
}

const UNTOLD: Partial<Record<CredentialCandidate['mechanism'], string>> = {
  'static-keys': 'whose they are cannot be told',
};
const BEST: readonly Answer['verdict'][] = ['allow', 'conditional', 'cannot-tell', 'deny'];

function rank({ verdict }: Answer): number {
  return BEST.indexOf(verdict);
}

function requestOf(principal: string, { action, resource, context = {} }: CloudAction): CloudRequest {
  const known = new Map(
    Object.entries(context).map(([key, value]) => [
      key.toLowerCase(),
      typeof value === 'string' ? [value] : value,
    ]),
  );
  return { principal, action, resource: resource ?? null, context: Object.fromEntries(known) };
}

/** Credentials come from pods: a ServiceAccount is asked through each workload that runs as it. */
function workloadsOf(
  resolved: Resolved,
  subject: Query['subject'],
): { found: readonly ConfiguredWorkload[] } | { unknown: string } {
  if (!('serviceAccount' in subject || 'user' in subject)) {
    const one = workloadOf(resolved, subject);
    return 'found' in one ? { found: [one.found] } : one;
  }
  const principal =
    'user' in subject ? subject.user : `system:serviceaccount:${subject.serviceAccount.replace('/', ':')}`;
  const found = resolved.posture.workloads.filter((one) => one.principal === principal);
  return found.length > 0
    ? { found }
    : { unknown: `no workload runs as ${principal}, so nothing tells its credentials` };
}

/** `inPods`: it asks as what its pods hold, not as whoever has a token of its ServiceAccount. */
type Asking = { cloud: Cloud; ask: (principal: string, session?: string) => Answer; inPods: boolean };

function asWorkload(
  resolved: Resolved,
  workload: ConfiguredWorkload,
  { cloud, ask, inPods }: Asking,
): Answer {
  const edges = indexEdges(resolved.posture.identityEdges ?? []);
  const own = reachedPrincipals(workload, edges);
  const token = inPods ? tokenCondition(resolved.posture.capabilities, workload) : null;
  const others = throughPods(own, resolved.posture.workloads, edges).map((one) =>
    token === null ? one : { ...one, conditions: [token, ...one.conditions] },
  );
  const all = [...own, ...others];
  const reached = all.filter(({ principal }) => cloudOfPrincipal(principal) === cloud);
  const answers = reached.map((one) => through(one, ask(one.principal, one.session)));
  const untold = triedOf(workload, cloud).find(
    ({ principal, status }) => principal === null && (status === 'effective' || status === 'unknown'),
  );
  for (const verdict of BEST.slice(0, -1)) {
    const found = answers.find((one) => one.verdict === verdict);
    if (found) return found;
  }
  if (untold)
    return {
      ...cannotTell(`${untold.reason}; ${UNTOLD[untold.mechanism] ?? 'as whom it acts cannot be told'}`),
      path: untold.path,
    };
  const [first, ...more] = answers;
  return first ? refusedAs(first, more.length, workload, cloud) : noCredentials(workload, cloud);
}

/** What it was meant to be and is not may be why: then the identity that answered is the wrong one to ask. */
function refusedAs(first: Answer, others: number, workload: ConfiguredWorkload, cloud: Cloud): Answer {
  const more =
    others === 0 ? '' : `; nor as ${others} ${others === 1 ? 'other' : 'others'} that it may become`;
  const broken = triedOf(workload, cloud).filter(({ status }) => status === 'broken');
  const reason = `${first.reason}${more}${broken.length === 0 ? '' : ` (${triedWords(broken)})`}`;
  return { ...first, reason, path: [...first.path, ...broken.flatMap(({ path }) => path)] };
}

function triedOf({ credentials = [] }: ConfiguredWorkload, cloud: Cloud): CredentialCandidate[] {
  return credentials.filter((one) => one.cloud === cloud);
}

function triedWords(tried: readonly CredentialCandidate[]): string {
  return tried.map(({ mechanism, status, reason }) => `${mechanism} ${status}: ${reason}`).join('; ');
}

function noCredentials(workload: ConfiguredWorkload, cloud: Cloud): Answer {
  const tried = triedOf(workload, cloud);
  const why = triedWords(tried);
  return {
    verdict: 'deny',
    reason: `it has no credentials of ${NAMES[cloud]}${why === '' ? '' : ` (${why})`}`,
    path: tried.flatMap(({ path }) => path),
    conditions: [],
  };
}

/** An identity that is only perhaps reached makes what it may do conditional. */
function through({ path, conditions, edges, credential }: Reached, answer: Answer): Answer {
  const all = [...conditions, ...answer.conditions];
  const way =
    edges.length === 0 ? '' : `as ${edges.at(-1)!.to}, by ${edges.map(({ by }) => by).join(', then ')}: `;
  const start = credential === null || edges.length > 0 ? '' : `as ${credential.principal}: `;
  return {
    verdict: answer.verdict === 'allow' && conditions.length > 0 ? 'conditional' : answer.verdict,
    reason: `${way || start}${answer.reason}`,
    path: [...path, ...answer.path],
    conditions: answer.verdict === 'deny' ? answer.conditions : all,
  };
}
