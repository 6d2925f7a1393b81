/** EKS and EC2 of one account and region: which identity a pod gets there, by association or from its node. */
import type { Call } from './client.ts';
import { isCalled } from './errors.ts';
import { attempt, EKS_NEXT, emit, inParallel, itemsOf, NEXT, pagesOf, type Reading } from './reading.ts';
import { clusterAt } from './take-eks.ts';

/** What EKS gives at once at most. */
const maxResults = 100;

export async function readEks(reading: Reading, region: string): Promise<void> {
  const names: string[] = [];
  const listed = await attempt(reading, { collection: 'clusters', region }, async (call) => {
    const send = (token: object) => call('eks.ListClusters', { maxResults, ...token }, region);
    const clusters = await itemsOf('clusters', send, EKS_NEXT);
    emit(reading, 'list-clusters', { clusters }, { region });
    names.push(...clusters.filter((name) => typeof name === 'string'));
    await inParallel(names, async (name) =>
      emit(reading, 'describe-cluster', await call('eks.DescribeCluster', { name }, region), {
        region,
        name,
      }),
    );
  });
  if (!listed && names.length === 0) return refuseParts(reading, region);
  for (const name of names) await readCluster(reading, { region, name });
}

/** Without the list of clusters nobody knows whose parts to ask for. */
function refuseParts({ builder, account }: Reading, region: string): void {
  const reason = 'rests on the list of clusters, which was not read';
  for (const collection of ['pod-identity-associations', 'nodegroups', 'access-entries'] as const)
    builder.refuse({ account, region, collection, status: 'failed', reason });
}

type Where = { region: string; name: string };

async function readCluster(reading: Reading, where: Where): Promise<void> {
  const { region } = where;
  await attempt(reading, { collection: 'pod-identity-associations', region }, (call) =>
    readAssociations(reading, call, where),
  );
  await attempt(reading, { collection: 'nodegroups', region }, (call) =>
    readNodegroups(reading, call, where),
  );
  await attempt(reading, { collection: 'access-entries', region }, (call) =>
    readEntries(reading, call, where),
  );
}

/** The list lacks the role, and what else decides: each is described. */
async function readAssociations(reading: Reading, call: Call, { region, name }: Where): Promise<void> {
  const clusterName = name;
  const send = (token: object) =>
    call('eks.ListPodIdentityAssociations', { clusterName, maxResults, ...token }, region);
  const associations = await itemsOf('associations', send, EKS_NEXT);
  emit(reading, 'list-pod-identity-associations', { associations }, { region, name });
  await inParallel(associations as { associationId?: string; associationArn?: string }[], async (one) => {
    const input = { clusterName, associationId: one.associationId };
    const answer = await call('eks.DescribePodIdentityAssociation', input, region);
    emit(reading, 'describe-pod-identity-association', answer, { region, name: one.associationArn ?? null });
  });
}

async function readNodegroups(reading: Reading, call: Call, { region, name }: Where): Promise<void> {
  const clusterName = name;
  const send = (token: object) => call('eks.ListNodegroups', { clusterName, maxResults, ...token }, region);
  const nodegroups = await itemsOf('nodegroups', send, EKS_NEXT);
  emit(reading, 'list-nodegroups', { nodegroups }, { region, name });
  await inParallel(nodegroups as string[], async (nodegroupName) => {
    const answer = await call('eks.DescribeNodegroup', { clusterName, nodegroupName }, region);
    emit(reading, 'describe-nodegroup', answer, { region, name: `${clusterName} ${nodegroupName}` });
  });
}

async function readEntries(reading: Reading, call: Call, { region, name }: Where): Promise<void> {
  const clusterName = name;
  const accessEntries = await entriesOf(reading, call, { region, name });
  if (accessEntries === null) return;
  emit(reading, 'list-access-entries', { accessEntries }, { region, name });
  await inParallel(accessEntries as string[], async (principalArn) => {
    const input = { clusterName, principalArn };
    const place = { region, name: `${clusterName} ${principalArn}` };
    const entry = await call('eks.DescribeAccessEntry', input, region);
    emit(reading, 'describe-access-entry', entry, place);
    const associatedAccessPolicies = await itemsOf(
      'associatedAccessPolicies',
      (token) => call('eks.ListAssociatedAccessPolicies', { ...input, ...token }, region),
      EKS_NEXT,
    );
    emit(reading, 'list-associated-access-policies', { ...input, associatedAccessPolicies }, place);
  });
}

/** Null: the cluster takes none, its ConfigMap aws-auth decides alone. */
async function entriesOf(reading: Reading, call: Call, where: Where): Promise<unknown[] | null> {
  const { region, name: clusterName } = where;
  const send = (token: object) =>
    call('eks.ListAccessEntries', { clusterName, maxResults, ...token }, region);
  try {
    return await itemsOf('accessEntries', send, EKS_NEXT);
  } catch (error) {
    if (!isCalled(error, 'InvalidRequestException')) throw error;
    const reason = `${clusterAt({ ...PLACE, account: reading.account, region }, clusterName)} has no access entries: ${(error as Error).message}`;
    const rest = { account: reading.account, region, collection: 'access-entries' as const };
    reading.builder.refuse({ ...rest, status: 'not-served', reason });
    return null;
  }
}

const PLACE = { label: '', command: null, name: null };

export async function readEc2(reading: Reading, region: string): Promise<void> {
  await attempt(reading, { collection: 'instances', region }, async (call) => {
    let number = 0;
    const send = (token: object) => call('ec2.DescribeInstances', { MaxResults: 1000, ...token }, region);
    for await (const page of pagesOf(send, NEXT))
      emit(reading, 'describe-instances', page, { region, name: String(++number) });
  });
}
