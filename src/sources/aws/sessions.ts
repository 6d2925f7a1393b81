/** The accounts that can be read: that of the credentials at hand, and one for each role that they may take on. */
import type { AwsBuilder } from './builder.ts';
import { type Call, type ClientOptions, type Credentials, createCaller } from './client.ts';
import { COLLECTIONS } from './collections.ts';
import { outcomeOf, startError } from './errors.ts';
import { accountOf } from './place.ts';
import { type AwsObserver, emit, type Reading } from './reading.ts';

/** As long as one reading may last, and what a chained role may have. */
const SESSION_SECONDS = 3600;
const SESSION_NAME = 'ai-spm';

export type SessionContext = {
  builder: AwsBuilder;
  deadline: AbortSignal;
  region: string;
  credentials: string;
  observer: AwsObserver | null;
};

/** Each account once: by the first role of it that can be taken on. @throws UserError without usable credentials */
export async function openSessions(
  options: ClientOptions & { assumeRoles: readonly string[] },
  context: SessionContext,
): Promise<Reading[]> {
  const { region, deadline, credentials } = context;
  const base = createCaller(options, { region, credentials: null }, deadline);
  const caller = await callerOf(base).catch((error: unknown) => {
    throw startError(error, credentials);
  });
  const readings = new Map<string, Reading>();
  const refused = new Map<string, () => void>();
  for (const role of new Set(options.assumeRoles)) {
    const account = accountOf(role)!;
    if (readings.has(account)) {
      context.builder.warn(`account ${account} is read once; ${role} was not taken on`);
      continue;
    }
    const reading = await assume(base, role, { ...options, ...context });
    if (typeof reading === 'function') refused.set(account, reading);
    else readings.set(account, reading);
  }
  if (!readings.has(caller.Account)) {
    const own = { ...context, account: caller.Account, call: base };
    emit(own, 'get-caller-identity', caller);
    readings.set(caller.Account, own);
  }
  for (const [account, say] of refused) if (!readings.has(account)) say();
  return [...readings.values()];
}

type Caller = { Account: string; Arn: string; UserId: string };

async function callerOf(call: Call): Promise<Caller> {
  const {
    Account = '',
    Arn = '',
    UserId = '',
  } = (await call('sts.GetCallerIdentity', {})) as Partial<Caller>;
  if (!/^\d{12}$/.test(Account)) throw new Error('sts:GetCallerIdentity named no account');
  return { Account, Arn, UserId };
}

/** Or, where it may not be taken on, what says so for the account. */
async function assume(
  base: Call,
  role: string,
  options: ClientOptions & SessionContext,
): Promise<Reading | (() => void)> {
  const { builder, deadline, region, observer } = options;
  const account = accountOf(role)!;
  try {
    const call = createCaller(options, { region, credentials: await credentialsBy(base, role) }, deadline);
    const caller = await callerOf(call);
    const reading = { account: caller.Account, call, builder, credentials: `role ${role}`, observer };
    emit(reading, 'get-caller-identity', caller);
    return reading;
  } catch (error) {
    const { status, reason } = outcomeOf(error, 'sts.AssumeRole', options.credentials);
    return () => {
      for (const { name: collection, area } of COLLECTIONS)
        if (area !== null)
          builder.refuse({ account, region: null, collection, status, reason: `${role}: ${reason}` });
    };
  }
}

async function credentialsBy(base: Call, role: string): Promise<Credentials> {
  const input = { RoleArn: role, RoleSessionName: SESSION_NAME, DurationSeconds: SESSION_SECONDS };
  const { Credentials: given } = (await base('sts.AssumeRole', input)) as {
    Credentials?: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string };
  };
  const { AccessKeyId, SecretAccessKey, SessionToken } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new Error('sts:AssumeRole gave no credentials');
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
