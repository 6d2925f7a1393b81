/** IAM of one account: who there is, what is attached, and which issuers are trusted. */
import { attempt, emit, inParallel, MARKER, pagesOf, type Reading } from './reading.ts';

/** The most that the API gives at once is 1000; documents are large. */
const PAGE = 500;

export async function readIam(reading: Reading): Promise<void> {
  await readDetails(reading);
  await Promise.all([readAlias(reading), readProviders(reading)]);
  await readMissing(reading);
}

async function readDetails(reading: Reading): Promise<void> {
  await attempt(reading, { collection: 'authorization-details' }, async (call) => {
    let number = 0;
    const send = (token: object) => call('iam.GetAccountAuthorizationDetails', { MaxItems: PAGE, ...token });
    for await (const page of pagesOf(send, MARKER))
      emit(reading, 'get-account-authorization-details', page, { name: String(++number) });
  });
}

/** Nothing rests on it: to be without is worth a word, and no gap. */
async function readAlias(reading: Reading): Promise<void> {
  try {
    emit(reading, 'list-account-aliases', await reading.call('iam.ListAccountAliases', {}));
  } catch (error) {
    reading.builder.warn(`account ${reading.account}: its alias was not read (${(error as Error).name})`);
  }
}

async function readProviders(reading: Reading): Promise<void> {
  await attempt(reading, { collection: 'oidc-providers' }, async (call) => {
    const list = (await call('iam.ListOpenIDConnectProviders', {})) as {
      OpenIDConnectProviderList?: { Arn?: string }[];
    };
    emit(reading, 'list-open-id-connect-providers', list);
    await inParallel(list.OpenIDConnectProviderList ?? [], async ({ Arn }) => {
      if (Arn === undefined) return;
      const one = await call('iam.GetOpenIDConnectProvider', { OpenIDConnectProviderArn: Arn });
      emit(reading, 'get-open-id-connect-provider', one, { name: Arn });
    });
  });
}

/** Attached or set as boundary, and not in the details: AWS leaves some of its own policies out. */
async function readMissing(reading: Reading): Promise<void> {
  await inParallel(reading.builder.missingPolicies(reading.account), async (PolicyArn) => {
    await attempt(reading, { collection: 'managed-policies' }, async (call) => {
      const { Policy } = (await call('iam.GetPolicy', { PolicyArn })) as {
        Policy?: { DefaultVersionId?: string };
      };
      const input = { PolicyArn, VersionId: Policy?.DefaultVersionId };
      emit(reading, 'get-policy-version', await call('iam.GetPolicyVersion', input), { name: PolicyArn });
    });
  });
}
