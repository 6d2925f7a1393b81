/** Identities of Google and AWS by their own libraries, from a metadata server in a network of its own. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { type Held, hold, logOf, rowsOf } from './held.ts';
import { type Lab, openLab, PEERS, PYTHON, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';
import { ACCOUNT, GOOGLE_TOKEN, IMPERSONATED, IMPERSONATED_TOKEN, ROLE } from './servers/metadata.ts';
import type { Served } from './servers/served.ts';

type Line = { as: string; url: string; status: number };

const SECRETS = new RegExp([GOOGLE_TOKEN, IMPERSONATED_TOKEN, 'c4n4ry', 'ASIALABNODEROLE'].join('|'));
const PERMISSIONS: Record<string, string> = {
  '/storage/v1/b/reports/o': 'gcp:storage.objects.list on projects/_/buckets/reports',
  '/v1/projects/lab-project/secrets/db/versions/latest:access':
    'gcp:secretmanager.versions.access on projects/lab-project/secrets/db/versions/latest',
};

const skipped = noProbes ?? whyNoPeers(PYTHON);
if (skipped) console.warn(`libraries of identity are skipped: ${skipped}`);

describe.skipIf(skipped)('identities', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab({ moto: true });
  });
  afterEach(() => lab?.stop());

  const observe = async (script: string): Promise<{ log: Line[]; seen: Seen }> => {
    const window = await openWindow(lab);
    const log = logOf<Line>(await window.run(PYTHON, [join(PEERS, 'python', script)]));
    const seen = await window.close();
    expect(JSON.stringify(seen.segments)).not.toMatch(SECRETS);
    return { log, seen };
  };

  it('by google-auth lead from the machine to whom it impersonates', async () => {
    const { log, seen } = await observe('google_client.py');
    expect(log.map(({ as, status }) => `${as} ${status}`)).toEqual([
      `${ACCOUNT} 200`,
      `${IMPERSONATED} 200`,
      `${IMPERSONATED} 200`,
    ]);
    hold('google-auth', seen, google(seen, log, lab.served));
  });

  it('by botocore come from the instance', async () => {
    const { seen } = await observe('imds_client.py');
    hold('botocore', seen, instance(seen, lab.served));
  });
});

const endpoints = (seen: Seen, served: readonly Served[]): Held => ({
  ...{ kind: 'http-endpoint', what: 'other requests' },
  said: countOf(served.map(({ method, host, path }) => `${method} ${host}${path.replace(ACCOUNT, '{}')}`)),
  seen: rowsOf(seen, 'http-endpoint'),
});

const TOKEN = /\/service-accounts\/[^/]+\/token$/;
const GENERATE = /:generateAccessToken$/;

function google(seen: Seen, log: readonly Line[], served: readonly Served[]): Held[] {
  const tokens = served.filter(({ path }) => TOKEN.test(path));
  const made = served.filter(({ path }) => GENERATE.test(path));
  // The library asks of itself where its tokens are good.
  const bounds = served.filter(({ path }) => path.endsWith('/allowedLocations'));
  const used = [
    ...log.map(({ as, url }) => `${PERMISSIONS[new URL(url).pathname]} as gcp:${as}`),
    ...made.map(
      () =>
        `gcp:iam.serviceAccounts.getAccessToken on projects/-/serviceAccounts/${IMPERSONATED} as gcp:${ACCOUNT}`,
    ),
    ...bounds.map(({ path }) => {
      const whose = path.includes(ACCOUNT) ? ACCOUNT : IMPERSONATED;
      const on = path.replace(/^\/v1\//, '');
      return `gcp:?iamcredentials.projects.serviceAccounts.getAllowedLocations on ${on} as gcp:${whose}`;
    }),
  ];
  return [
    {
      ...{ kind: 'cloud-action', what: 'permissions used, on what, by whom' },
      said: countOf(used),
      seen: rowsOf(seen, 'cloud-action', (row) => `${row.subject} on ${row.context} as ${row.principal}`),
    },
    {
      ...{ kind: 'identity-hop', what: 'from whom to whom' },
      said: countOf([
        ...tokens.map(() => `workload → gcp:${ACCOUNT} by gce-metadata`),
        ...made.map(() => `gcp:${ACCOUNT} → gcp:${IMPERSONATED} by gcp-impersonation`),
      ]),
      seen: rowsOf(seen, 'identity-hop', ({ subject, context }) => `${subject} by ${context}`),
    },
    {
      ...{ kind: 'credential-source', what: 'where credentials came from' },
      said: countOf([
        ...tokens.map(() => `gce-metadata ${ACCOUNT}`),
        ...made.map(() => `gcp-impersonation ${IMPERSONATED}`),
      ]),
      seen: rowsOf(seen, 'credential-source'),
    },
    {
      ...{ kind: 'data-access', what: 'data touched' },
      said: countOf(log.filter(({ url }) => url.includes('/b/reports/')).map(() => 'gs://reports/ list')),
      seen: rowsOf(seen, 'data-access', ({ subject, context }) => `${subject} ${context}`),
    },
    endpoints(
      seen,
      served.filter(({ host, path }) => !host.endsWith('googleapis.com') && !TOKEN.test(path)),
    ),
  ];
}

function instance(seen: Seen, served: readonly Served[]): Held[] {
  const roles = served.filter(({ path }) => path.endsWith(`/${ROLE}`));
  const calls = served.filter(({ host }) => host.endsWith('amazonaws.com'));
  return [
    {
      ...{ kind: 'cloud-action', what: 'permissions used, by whom' },
      said: countOf(calls.map(() => `aws:sts:GetCallerIdentity as aws:role:${ROLE}`)),
      seen: rowsOf(seen, 'cloud-action', ({ subject, principal }) => `${subject} as ${principal}`),
    },
    {
      ...{ kind: 'identity-hop', what: 'from whom to whom' },
      said: countOf(roles.map(() => `workload → aws:role:${ROLE} by imds-v2`)),
      seen: rowsOf(seen, 'identity-hop', ({ subject, context }) => `${subject} by ${context}`),
    },
    {
      ...{ kind: 'credential-source', what: 'where credentials came from' },
      said: countOf(roles.map(() => `imds-v2 role/${ROLE}`)),
      seen: rowsOf(seen, 'credential-source'),
    },
    endpoints(
      seen,
      served.filter((one) => !roles.includes(one) && !calls.includes(one)),
    ),
  ];
}
