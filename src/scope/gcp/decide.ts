/** Answers of the cloud: any resource, or one whose project its name does not tell, is every one that it may be. */
import { projectOfAccount, relativeName } from '../../match/gcp/resource.ts';
import type { Answer } from '../../model/query.ts';
import type { CloudRequest } from '../cloud.ts';
import { cannotTell, decideOn, type Question } from './decide-on.ts';
import { hop, principalHop } from './hops.ts';
import { AGENT } from './members.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

const ORDER = ['allow', 'conditional', 'cannot-tell', 'deny'] as const;
/** Places asked for one question about any resource. */
const MAX_PLACES = 2000;

export function decide(world: World, request: CloudRequest, principal: Principal): Answer {
  if (principal.who.type === 'unknown')
    return cannotTell(`${request.principal.slice(0, 300)} is no principal that can act`, []);
  if (principal.account?.disabled) return disabled(principal);
  const unlisted = unlistedAccount(world, principal);
  if (unlisted !== null && unlisted.gap === null) return cannotTell(unlisted.why, [principalHop(principal)]);
  const answer = ofPrincipal(world, principal, request);
  if (answer.verdict !== 'deny' || unlisted === null) return answer;
  return { ...answer, reason: `${answer.reason}; ${unlisted.why}` };
}

function ofPrincipal(world: World, principal: Principal, request: CloudRequest): Answer {
  const { action: permission, context } = request;
  const resource = request.resource === null ? null : resourceOf(world, request.resource);
  if (resource === null) return anywhere(world, { principal, permission, context });
  const question = { principal, permission, resource, context };
  return unplaced(resource) ? somewhere(world, question) : decideOn(world, question);
}

/** A name that nothing was found under is mistyped as often as it is without permissions. Null: it was found. */
function unlistedAccount(
  { coverage }: World,
  { who, account, home }: Principal,
): { gap: string | null; why: string } | null {
  if (who.type !== 'service-account' || account !== null || AGENT.test(who.email)) return null;
  if (home === null) return null;
  const gap = coverage.gap(home, 'service-accounts');
  const why =
    gap === null
      ? `there is no ${who.email}: the service accounts of ${home} were read, and it is none of them`
      : `whether there is a ${who.email} is not known: ${gap}`;
  return { gap, why };
}

function disabled(principal: Principal): Answer {
  const why = hop(principal.object, 'disabled', 'is disabled: it gets no token');
  return { verdict: 'deny', reason: `${principal.object} is disabled`, path: [why], conditions: [] };
}

/** `projects/-/serviceAccounts/e`: the address tells the project. */
function resourceOf(world: World, text: string): string {
  const name = relativeName(text);
  const email = /^projects\/-\/serviceAccounts\/([^/]+)$/.exec(name)?.[1];
  if (email === undefined) return name;
  const { home } = world.principals.of(`serviceAccount:${email}`);
  const project = home ?? projectOfAccount(email);
  return project === null ? name : `${project}/serviceAccounts/${email}`;
}

function unplaced(resource: string): boolean {
  return resource.startsWith('projects/_/');
}

function best(answers: readonly Answer[]): Answer | null {
  for (const verdict of ORDER) {
    const found = answers.find((one) => one.verdict === verdict);
    if (found) return found;
  }
  return null;
}

/** Everywhere that a policy was, or should have been, read. */
function anywhere(world: World, question: Omit<Question, 'resource'>): Answer {
  const { grants, estate, coverage, hierarchy } = world;
  const granted = [...grants.of(question.principal), ...grants.vague()].map(({ resource }) => resource);
  const nodes = estate.nodes.map(({ name }) => name);
  const unread = nodes.filter((node) =>
    hierarchy.ancestry(node).names.some((one) => coverage.gap(one, 'iam-policy')),
  );
  const places = [...new Set([...granted, ...unread])].slice(0, MAX_PLACES);
  const answers: Answer[] = [];
  for (const resource of places) {
    const answer = decideOn(world, { ...question, resource });
    if (answer.verdict === 'allow') return answer;
    answers.push(answer);
  }
  return best(answers) ?? nowhere(world, question);
}

function nowhere({ estate }: World, { principal, permission }: Omit<Question, 'resource'>): Answer {
  const path = [principalHop(principal)];
  if (estate.policies.length === 0) return cannotTell('no allow policy was read', path);
  return {
    verdict: 'deny',
    reason: `no binding that was read names it, for ${permission} or anything`,
    path,
    conditions: [],
  };
}

/** Buckets: their names are global, so it may be in any project that was read, or in one that was not. */
function somewhere(world: World, question: Question): Answer {
  if (world.hierarchy.ancestry(question.resource).nodes.length > 0) return decideOn(world, question);
  const rest = question.resource.slice('projects/_/'.length);
  const projects = projectsOf(world);
  const answers = projects.map((project) => {
    const answer = decideOn(world, { ...question, resource: `${project}/${rest}` });
    return inCase(answer, `${question.resource.split('/', 4).join('/')} lies in ${project}`);
  });
  const found = best(answers);
  if (found && found.verdict !== 'deny') return found;
  return cannotTell(`the project of ${question.resource} is not known`, found?.path ?? []);
}

function projectsOf({ estate }: World): string[] {
  return estate.nodes.map(({ name }) => name).filter((name) => name.startsWith('projects/'));
}

function inCase(answer: Answer, words: string): Answer {
  if (answer.verdict !== 'allow' && answer.verdict !== 'conditional') return answer;
  return { ...answer, verdict: 'conditional', conditions: [words, ...answer.conditions] };
}
