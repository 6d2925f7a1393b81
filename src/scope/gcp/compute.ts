/**
 * Running compute as a service account: `actAs` on it, and a permission to create something that runs code.
 * https://cloud.google.com/iam/docs/service-account-permissions#user-role
 */
import type { IdentityEdge } from '../../model/configured.ts';
import type { GcpServiceAccount } from '../../model/gcp.ts';
import { decideOn } from './decide-on.ts';
import { ask, edge, opened } from './impersonation.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

const ACTS = 'iam.serviceAccounts.actAs';
const RUNS: readonly string[] = [
  'compute.instances.create',
  'compute.instances.setServiceAccount',
  'run.services.create',
  'run.services.update',
  'run.jobs.create',
  'cloudfunctions.functions.create',
  'cloudfunctions.functions.update',
  'cloudbuild.builds.create',
  'container.clusters.create',
  'dataflow.jobs.create',
  'dataproc.clusters.create',
  'aiplatform.customJobs.create',
  'notebooks.instances.create',
  'composer.environments.create',
  'cloudscheduler.jobs.create',
  'workflows.workflows.create',
  'appengine.versions.create',
];

/** Null: it may not act as the account, or create nothing that would run as it. */
export function computeEdge(
  world: World,
  principal: Principal,
  account: GcpServiceAccount,
): IdentityEdge | null {
  const acts = ask(world, principal, account, ACTS);
  if (acts.verdict !== 'allow' && acts.verdict !== 'conditional') return null;
  const created = createdIn(world, principal, account);
  if (created === null) return null;
  const { permission, answer, conditions } = created;
  const all = [...acts.conditions, ...answer.conditions, ...conditions];
  const verdict = all.length === 0 ? 'allow' : 'conditional';
  const path = [...acts.path, ...answer.path.slice(1)];
  return edge(principal, account, {
    by: `${ACTS} + ${permission}`,
    answer: { ...answer, verdict, path, conditions: all },
  });
}

/** In the account's own project before any other: there an organization policy stands against it, unless lifted. */
function createdIn(world: World, principal: Principal, account: GcpServiceAccount) {
  const home = world.hierarchy.canonical(`projects/${account.project}`);
  const granted = world.grants.of(principal).map(({ resource }) => resource);
  const projects = new Set([home, ...granted.flatMap((resource) => world.hierarchy.projectsIn(resource))]);
  for (const project of projects)
    for (const permission of RUNS) {
      const answer = opened(decideOn(world, { principal, permission, resource: project, context: {} }));
      if (answer.verdict !== 'allow' && answer.verdict !== 'conditional') continue;
      const foreign = `iam.disableCrossProjectServiceAccountUsage is not enforced in ${home}`;
      return { permission, answer, conditions: project === home ? [] : [foreign] };
    }
  return null;
}
