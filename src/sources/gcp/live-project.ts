/** What lies in a project: service accounts with their policies, identity pools, clusters. */
import { ask, askAll, emit, gap, inParallel, type Reading } from './reading.ts';
import {
  accountSchema,
  clusterSchema,
  type Provider,
  policySchema,
  poolSchema,
  providerSchema,
} from './schema.ts';

export async function readProject(reading: Reading, project: string): Promise<void> {
  await readAccounts(reading, project);
  await readPools(reading, project);
  const place = { resource: project, part: 'clusters' as const };
  const clusters = await askAll(reading, { call: 'clusters', name: project, schema: clusterSchema, place });
  if (clusters !== null) emit(reading, place, clusters.items);
}

async function readAccounts(reading: Reading, project: string): Promise<void> {
  const place = { resource: project, part: 'service-accounts' as const };
  const list = await askAll(reading, {
    call: 'serviceAccounts',
    name: project,
    schema: accountSchema,
    place,
  });
  if (list === null) return;
  emit(reading, place, list.items);
  // One row tells of all of them: thousands of accounts would drown everything else that was not read.
  const policies = { resource: project, part: 'service-account-policies' as const };
  let read = 0;
  await inParallel(list.items, async ({ email }) => {
    const name = `${project}/serviceAccounts/${email}`;
    const policy = await ask(reading, {
      call: 'serviceAccountPolicy',
      name,
      schema: policySchema,
      place: policies,
    });
    if (policy === null) return;
    read++;
    emit(reading, { resource: name, part: 'iam-policy' }, policy);
  });
  const known = reading.gaps.get(`gcp:${project}/service-account-policies`);
  if (known) known.objects = read;
  else if (!list.whole)
    gap(reading, policies, {
      status: 'failed',
      objects: read,
      reason: 'not every service account was listed',
    });
}

async function readPools(reading: Reading, project: string): Promise<void> {
  const place = { resource: project, part: 'workload-identity-pools' as const };
  const pools = await askAll(reading, { call: 'pools', name: project, schema: poolSchema, place });
  if (pools === null) return;
  emit(reading, place, pools.items);
  const within = { resource: project, part: 'workload-identity-providers' as const };
  const providers: Provider[] = [];
  for (const { name } of pools.items) {
    const list = await askAll(reading, { call: 'providers', name, schema: providerSchema, place: within });
    providers.push(...(list?.items ?? []));
  }
  emit(reading, within, providers);
}
