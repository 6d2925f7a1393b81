/** AWS accounts, read without writing anything. What is refused is said, and survived. */
import { EXIT, UserError } from '../../errors.ts';
import type { AwsEstate } from '../../model/aws.ts';
import { type AwsBuilder, createAwsBuilder } from './builder.ts';
import { type ClientOptions, configuredRegion } from './client.ts';
import { type AwsArea, COLLECTIONS } from './collections.ts';
import { credentialsOf } from './errors.ts';
import { readEc2, readEks } from './live-eks.ts';
import { readIam } from './live-iam.ts';
import { readLastAccessed } from './live-last-accessed.ts';
import { readOrganizations } from './live-organizations.ts';
import { accountOf, pathOf } from './place.ts';
import { type AwsObserver, inParallel, type Reading } from './reading.ts';
import { openSessions } from './sessions.ts';

export type AwsLiveOptions = ClientOptions & {
  /** Of EKS and EC2; empty: the one of environment or profile. */
  regions: readonly string[];
  /** ARNs of roles of other accounts, taken on from the credentials at hand. */
  assumeRoles: readonly string[];
  /** ARNs of principals whose use is asked for; true: of every role that pods may take on. */
  lastAccessed?: boolean | readonly string[];
  only?: readonly AwsArea[];
  observer?: AwsObserver;
  /** For the whole reading. */
  deadlineMs?: number;
};

const DEADLINE_MS = 15 * 60_000;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
/** Where nothing says so, since IAM, STS and Organizations have to be asked somewhere. */
const FALLBACK_REGION = 'us-east-1';

/**
 * Throws UserError: wrong options (exit 2); no credentials, refused or expired ones, nothing reached (exit 4). One
 * collection that is denied or fails becomes coverage.
 */
export async function readAws(options: AwsLiveOptions): Promise<AwsEstate> {
  refuseBad(options);
  const end = new AbortController();
  const deadline = AbortSignal.any([end.signal, AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS)]);
  try {
    return await readBefore(deadline, options);
  } finally {
    // What fails for all is not to be asked on for the others.
    end.abort();
  }
}

async function readBefore(deadline: AbortSignal, options: AwsLiveOptions): Promise<AwsEstate> {
  const builder = createAwsBuilder();
  const configured = await configuredRegion(options);
  const regions = options.regions.length > 0 ? options.regions : configured === null ? [] : [configured];
  const readings = await openSessions(options, {
    ...{ builder, deadline, region: regions[0] ?? FALLBACK_REGION },
    credentials: credentialsOf(options.profile, process.env),
    observer: options.observer ?? null,
  });
  await inParallel(readings, (reading) => readAccount(reading, { ...options, regions }));
  if (isWanted(options, 'organizations')) await readOrganizations(readings);
  const readAt = new Date().toISOString();
  if (options.observer) saveCoverage(builder, readings[0]!, options.observer, readAt);
  return builder.finish(readAt);
}

function refuseBad({ regions, assumeRoles }: AwsLiveOptions): void {
  const region = regions.find((one) => !REGION.test(one));
  if (region !== undefined)
    throw new UserError(`${JSON.stringify(region)} is no region of AWS`, { hint: 'as in eu-central-1' });
  const role = assumeRoles.find((arn) => accountOf(arn) === null || !arn.includes(':role/'));
  if (role !== undefined)
    throw new UserError(`${JSON.stringify(role)} is no ARN of a role`, {
      hint: 'as in arn:aws:iam::111122223333:role/auditor',
      exitCode: EXIT.usage,
    });
}

function isWanted({ only }: AwsLiveOptions, area: AwsArea): boolean {
  return only?.includes(area) ?? true;
}

async function readAccount(reading: Reading, options: AwsLiveOptions): Promise<void> {
  const { builder, account } = reading;
  for (const { name: collection, area } of COLLECTIONS)
    if (area !== null && !isWanted(options, area))
      builder.refuse({ account, region: null, collection, status: 'absent', reason: 'not asked for' });
  if (isWanted(options, 'iam')) await readIam(reading);
  await readRegions(reading, options);
  const { lastAccessed = false } = options;
  if (lastAccessed === false) return;
  await readLastAccessed(reading, lastAccessed === true ? builder.workloadRoles(account) : lastAccessed);
}

async function readRegions(reading: Reading, options: AwsLiveOptions): Promise<void> {
  const { builder, account } = reading;
  for (const area of ['eks', 'ec2'] as const) {
    if (!isWanted(options, area)) continue;
    if (options.regions.length === 0) noRegion(builder, account, area);
    for (const region of new Set(options.regions))
      await (area === 'eks' ? readEks(reading, region) : readEc2(reading, region));
  }
}

function noRegion(builder: AwsBuilder, account: string, area: AwsArea): void {
  const reason = 'no region was named, and neither environment nor profile has one';
  for (const { name: collection, area: own } of COLLECTIONS)
    if (own === area) builder.refuse({ account, region: null, collection, status: 'absent', reason });
}

/** So that a denied call is still denied where the dumps are read back. */
function saveCoverage(builder: AwsBuilder, first: Reading, observer: AwsObserver, readAt: string): void {
  const path = pathOf({ account: first.account, region: null, command: 'coverage', name: null });
  observer.document(path, JSON.stringify({ aiSpmAwsCoverage: builder.refusals(), readAt }, null, 1));
}
