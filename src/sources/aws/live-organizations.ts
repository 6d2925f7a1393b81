/** Organizations: from each account up to its root. Only the management account, or a delegated one, may ask. */
import type { Call } from './client.ts';
import { isCalled } from './errors.ts';
import { type ControlType, RESOURCE_CONTROL, SERVICE_CONTROL } from './organization.ts';
import { attempt, emit, itemsOf, NEXT, type Reading } from './reading.ts';

/** Organizations nests five deep; more is a circle. */
const MAX_LEVELS = 16;

/** Accounts that are in an organization, by what each says of itself. */
export async function readOrganizations(readings: readonly Reading[]): Promise<void> {
  const members: { reading: Reading; management: string }[] = [];
  for (const reading of readings) {
    const management = await describe(reading);
    if (management !== null) members.push({ reading, management });
  }
  const shared: Shared = { asked: new Set(), parents: new Map() };
  for (const { reading, management } of members) {
    const asking = readings.find(({ account }) => account === management) ?? readings[0]!;
    await readPath(reading, asking, shared);
  }
}

/** Id of the management account; null: in no organization, or not readable. */
async function describe(reading: Reading): Promise<string | null> {
  let management: string | null = null;
  await attempt(reading, { collection: 'organization' }, async (call) => {
    const answer = (await call('organizations.DescribeOrganization', {}).catch((error: unknown) => {
      if (isCalled(error, 'AWSOrganizationsNotInUseException')) return {};
      throw error;
    })) as { Organization?: { MasterAccountId?: string } };
    emit(reading, 'describe-organization', answer);
    management = answer.Organization?.MasterAccountId ?? null;
  });
  return management;
}

/** What accounts have in common: asked once. */
type Shared = { asked: Set<string>; parents: Map<string, string> };

/** @param asking the reading of the account that may ask */
async function readPath(reading: Reading, asking: Reading, shared: Shared): Promise<void> {
  const { account } = reading;
  // What is refused is a gap of the account that is read, and not of the one that asks.
  const own = { ...reading, call: asking.call, credentials: asking.credentials };
  const levels: string[] = [account];
  const whole = await attempt(own, { collection: 'organization' }, async (call) => {
    for (let id = account; !id.startsWith('r-'); ) {
      id = shared.parents.get(id) ?? (await readParent(reading, call, id));
      if (levels.length > MAX_LEVELS) throw new Error(`no way from ${account} to a root`);
      shared.parents.set(levels.at(-1)!, id);
      levels.push(id);
    }
  });
  if (!whole) return;
  for (const type of [SERVICE_CONTROL, RESOURCE_CONTROL] as const) {
    const collection = type === SERVICE_CONTROL ? 'service-control-policies' : 'resource-control-policies';
    await attempt(own, { collection }, (call) => readPolicies(reading, call, { levels, type }, shared.asked));
  }
}

async function readParent(reading: Reading, call: Call, id: string): Promise<string> {
  const send = (token: object) => call('organizations.ListParents', { ChildId: id, ...token });
  const Parents = await itemsOf('Parents', send, NEXT);
  emit(reading, 'list-parents', { Parents }, { name: id });
  const parent = (Parents[0] as { Id?: unknown } | undefined)?.Id;
  if (typeof parent !== 'string') throw new Error(`no parent of ${id}`);
  return parent;
}

async function readPolicies(
  reading: Reading,
  call: Call,
  { levels, type }: { levels: readonly string[]; type: ControlType },
  asked: Set<string>,
): Promise<void> {
  for (const target of levels) {
    const name = `${target}.${type}`;
    if (asked.has(name)) continue;
    const Policies = await listPolicies(call, target, type);
    emit(reading, 'list-policies-for-target', { Policies }, { name });
    for (const { Id } of Policies as { Id?: string }[]) {
      if (Id === undefined || asked.has(Id)) continue;
      const answer = await call('organizations.DescribePolicy', { PolicyId: Id });
      emit(reading, 'describe-policy', answer, { name: Id });
      asked.add(Id);
    }
    asked.add(name);
  }
}

/** Where a type is not enabled, no policy of it is in force. */
async function listPolicies(call: Call, TargetId: string, Filter: ControlType): Promise<unknown[]> {
  const send = (token: object) => call('organizations.ListPoliciesForTarget', { TargetId, Filter, ...token });
  try {
    return await itemsOf('Policies', send, NEXT);
  } catch (error) {
    if (isCalled(error, 'PolicyTypeNotEnabledException')) return [];
    throw error;
  }
}
