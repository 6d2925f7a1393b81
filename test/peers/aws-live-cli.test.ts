/** Dumps as the AWS CLI itself writes them, against the live reading of the same accounts. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsEstate } from '../../src/model/aws.ts';
import { readAwsExports } from '../../src/sources/aws/read-exports.ts';
import { type AwsLab, openAwsLab } from './aws-live-lab.ts';
import { HOME, noMoto, REGION } from './aws-live-moto.ts';
import { ADMIN } from './aws-live-proxy.ts';
import { CLUSTERS, ROLES } from './aws-live-world.ts';

const POD = 'describe-pod-identity-association';
const LISTS = ['list-nodegroups', 'list-pod-identity-associations', 'list-access-entries'];
const run = promisify(execFile);
const skipped = noMoto ?? noCli();
if (skipped) console.warn(`dumps of the AWS CLI are skipped: ${skipped}`);

function noCli(): string | undefined {
  try {
    execFileSync('aws', ['--version'], { stdio: 'pipe' });
  } catch {
    return 'no AWS CLI on this machine (aws)';
  }
}

describe.skipIf(skipped)(
  'dumps that the AWS CLI writes',
  () => {
    let lab: AwsLab;
    let live: AwsEstate;
    let folder: string;
    beforeAll(async () => {
      lab = await openAwsLab();
      live = await lab.read({ assumeRoles: [] });
      folder = join(lab.folder, 'cli');
    }, 180_000);
    afterAll(() => lab?.stop());

    /** `aws <command>` into a file of the layout. */
    async function dump(path: string, ...command: string[]): Promise<void> {
      const options = { env: { ...process.env, AWS_DEFAULT_REGION: REGION }, maxBuffer: 64 * 1024 ** 2 };
      const { stdout } = await run('aws', [...command, '--output', 'json'], options);
      const file = join(folder, 'aws', HOME, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, stdout);
    }

    it('read to the same as the live APIs', async () => {
      const [iam, eks, org] = ['iam', 'eks', 'organizations'];
      await dump('get-account-authorization-details.json', iam, 'get-account-authorization-details');
      await dump('get-caller-identity.json', 'sts', 'get-caller-identity');
      await dump('list-account-aliases.json', iam, 'list-account-aliases');
      await dump('list-open-id-connect-providers.json', iam, 'list-open-id-connect-providers');
      const { provider } = lab.world;
      await dump(
        `get-open-id-connect-provider/${encodeURIComponent(provider)}.json`,
        ...[iam, 'get-open-id-connect-provider', '--open-id-connect-provider-arn', provider],
      );
      await dump(`${REGION}/list-clusters.json`, eks, 'list-clusters');
      for (const name of CLUSTERS) {
        const of = ['--cluster-name', name];
        await dump(`${REGION}/describe-cluster/${name}.json`, eks, 'describe-cluster', '--name', name);
        for (const list of LISTS) await dump(`${REGION}/${list}/${name}.json`, eks, list, ...of);
      }
      const blue = ['--cluster-name', 'blue'];
      for (const id of ['a-1', 'a-2'])
        await dump(`${REGION}/${POD}/${id}.json`, eks, POD, ...blue, '--association-id', id);
      const entry = [...blue, '--principal-arn', ADMIN];
      await dump(`${REGION}/describe-access-entry/admin.json`, eks, 'describe-access-entry', ...entry);
      const policies = 'list-associated-access-policies';
      await dump(`${REGION}/${policies}/admin.json`, eks, policies, ...entry);
      const nodes = ['--cluster-name', 'blue', '--nodegroup-name', 'workers'];
      await dump(`${REGION}/describe-nodegroup/blue.json`, eks, 'describe-nodegroup', ...nodes);
      await dump(`${REGION}/describe-instances.json`, 'ec2', 'describe-instances');
      await dump('describe-organization.json', org, 'describe-organization');
      await dump(`list-parents/${HOME}.json`, org, 'list-parents', '--child-id', HOME);
      const root = lab.world.levels[0]!;
      for (const target of [HOME, root])
        for (const type of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY']) {
          const of = ['--target-id', target, '--filter', type];
          await dump(
            `list-policies-for-target/${target}.${type}.json`,
            org,
            'list-policies-for-target',
            ...of,
          );
        }
      for (const id of ['p-FullAWSAccess', 'p-RCPFullAWSAccess'])
        await dump(`describe-policy/${id}.json`, org, 'describe-policy', '--policy-id', id);

      const read = await readAwsExports([folder]);
      expect(read.warnings).toEqual([]);
      expect(read.roles).toHaveLength(ROLES.length);
      expect(rounded(read)).toEqual({ ...rounded(live), readAt: read.readAt });
    });

    it('read the same by names of their own', async () => {
      const other = join(lab.folder, 'named');
      mkdirSync(other);
      const { stdout } = await run('aws', ['iam', 'get-account-authorization-details'], {
        ...{ env: { ...process.env, AWS_DEFAULT_REGION: REGION }, maxBuffer: 64 * 1024 ** 2 },
      });
      writeFileSync(join(other, 'gaad.json'), stdout);
      const read = await readAwsExports([other]);
      for (const part of ['roles', 'users', 'groups', 'policies', 'instanceProfiles'] as const)
        expect(rounded(read)[part]).toEqual(rounded(live)[part]);
    });
  },
  180_000,
);

/** moto tells microseconds, which the SDK rounds and others cut; AWS tells seconds. Here it is the day. */
function rounded(estate: AwsEstate): AwsEstate {
  const roles = estate.roles.map((role) => ({ ...role, created: role.created?.slice(0, 10) ?? null }));
  return { ...estate, roles };
}
