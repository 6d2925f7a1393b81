/** The live reading of AWS over HTTP against moto; what moto lacks (Pod Identity …) comes from the proxy before it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsEstate, AwsPolicy } from '../../src/model/aws.ts';
import { awsService } from '../../src/observe/meaning/cloud/aws-table.ts';
import { awsAccessPolicy } from '../../src/sources/aws/calls.ts';
import { readAwsExports } from '../../src/sources/aws/read-exports.ts';
import { createDocumentSaver } from '../../src/sources/files/document-saver.ts';
import { type AwsLab, auditorOf, gapsOf, openAwsLab } from './aws-live-lab.ts';
import { HOME, noMoto, REGION } from './aws-live-moto.ts';
import { ADMIN, type Heard, TARGET_ROLE } from './aws-live-proxy.ts';
import { CLUSTERS, GROUPS, ISSUER, POLICIES, ROLES, USERS } from './aws-live-world.ts';

if (noMoto) console.warn(`AWS read live is skipped: ${noMoto}`);

const arnOf = (name: string) => `arn:aws:iam::${HOME}:policy/${name}`;

describe.skipIf(noMoto)('AWS read live', () => {
  let lab: AwsLab;
  let whole: AwsEstate;
  let heard: Heard[];
  beforeAll(async () => {
    lab = await openAwsLab();
    const saver = await createDocumentSaver(join(lab.folder, 'saved'), 'aws');
    const lastAccessed = [`arn:aws:iam::${HOME}:role/agent-1`];
    lab.proxy.pageSize = 25;
    whole = await lab.read({ lastAccessed, observer: saver });
    heard = lab.proxy.heard.splice(0);
    await saver.finish();
  }, 180_000);
  afterAll(() => lab?.stop());

  it('reads every principal, policy and group as it was made', () => {
    const own = <T extends { account: string }>(all: readonly T[]) =>
      all.filter((one) => one.account === HOME);
    expect(
      heard.filter(({ operation }) => operation === 'GetAccountAuthorizationDetails').length,
    ).toBeGreaterThan(14);
    const roles = own(whole.roles).map((role) => ({
      ...{
        name: role.name,
        path: role.path,
        inline: actionsOf(role.inline),
        attached: [...role.attached].sort(),
      },
      ...{
        boundary: role.boundary,
        tags: { ...role.tags },
        trusts: role.trust.statements[0]!.principals![0]!.value,
      },
    }));
    expect(byName(roles)).toEqual(
      byName(
        ROLES.map((one) => ({ ...one, attached: one.attached.map(arnOf).sort(), boundary: limitOf(one) })),
      ),
    );
    const users = own(whole.users).map(({ name, inline, attached, groups }) => {
      const policies = { inline: actionsOf(inline), attached: [...attached].sort() };
      return { name, ...policies, groups: [...groups], tags: {} };
    });
    expect(byName(users)).toEqual(
      byName(USERS.map((one) => ({ ...one, attached: one.attached.map(arnOf).sort() }))),
    );
    const groups = own(whole.groups).map(({ name, inline, attached }) => {
      return { name, inline: actionsOf(inline), attached: [...attached] };
    });
    expect(byName(groups)).toEqual(
      byName(GROUPS.map((one) => ({ ...one, attached: one.attached.map(arnOf) }))),
    );
    expect(actionsOf(whole.policies)).toEqual(
      [...POLICIES].map(({ name, action }) => ({ name, action })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(whole.policies[0]!.statements[0]!.conditions[0]!.values).toEqual(['a%b+ü']);
    const away = whole.roles.filter(({ account }) => account === lab.world.member);
    expect(away.map(({ name }) => name)).toContain('away');
  });

  it('reads clusters, what their pods and nodes become, and the way up the organization', () => {
    expect(whole.accounts).toEqual(
      [
        { id: HOME, alias: 'agents', origin: `read as arn:aws:sts::${HOME}:user/moto` },
        {
          ...{ id: lab.world.member, alias: null },
          origin: `read as arn:aws:sts::${lab.world.member}:assumed-role/auditor/ai-spm`,
        },
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    const issuer = {
      arn: lab.world.provider,
      account: HOME,
      url: ISSUER,
      clientIds: ['sts.amazonaws.com', 'other'],
    };
    expect(whole.oidcProviders).toEqual([issuer]);
    expect(whole.clusters.map(({ name, region, account }) => ({ name, region, account }))).toEqual(
      CLUSTERS.map((name) => ({ name, region: REGION, account: HOME })),
    );
    const policies = ['arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy'];
    expect(whole.clusters.map(({ accessEntries }) => accessEntries)).toEqual([
      [{ principal: ADMIN, groups: ['ops'], policies }],
      [],
    ]);
    const blue = { cluster: 'blue', clusterArn: whole.clusters[0]!.arn };
    const role = `arn:aws:iam::${HOME}:role/agent-1`;
    expect(
      whole.podIdentities.map(({ arn: _, sessionPolicy, ...rest }) => ({
        ...rest,
        session: sessionPolicy?.statements.length,
      })),
    ).toEqual([
      {
        ...{ ...blue, namespace: 'research', serviceAccount: 'sa-a-1', role, targetRole: TARGET_ROLE },
        ...{ externalId: 'ext', disableSessionTags: false, session: 1 },
      },
      {
        ...{ ...blue, namespace: 'research', serviceAccount: 'sa-a-2', role, targetRole: null },
        ...{ externalId: null, disableSessionTags: true, session: undefined },
      },
    ]);
    expect(whole.nodegroups).toEqual([{ ...blue, name: 'workers', role }]);
    const [instance] = whole.instances.filter(({ id }) => id === lab.world.instance);
    expect(instance).toMatchObject({ account: HOME, region: REGION, profile: lab.world.profile });
    expect(whole.instanceProfiles).toEqual([{ arn: lab.world.profile, roles: [role] }]);
    const { organization } = whole;
    expect(organization?.managementAccount).toBe(HOME);
    const levels = organization!.paths[lab.world.member]!;
    expect(levels.map(({ id }) => id)).toEqual(lab.world.levels);
    const names = new Map(organization!.policies.map(({ id, name }) => [id, name]));
    const own = levels.map(({ serviceControl, resourceControl }) =>
      [...serviceControl, ...resourceControl]
        .map((id) => names.get(id))
        .filter((name) => !/^(Full|RCPFull)AWSAccess$/.test(name!)),
    );
    expect(own).toEqual(lab.world.controls);
  });

  it('reads last-accessed data of the principals named, after the job is done', () => {
    const last = '2026-11-20T01:02:03.000Z';
    const principal = `arn:aws:iam::${HOME}:role/agent-1`;
    expect(whole.lastAccessed).toEqual([
      { principal, service: 's3', action: null, last },
      { principal, service: 's3', action: 'GetObject', last },
      { principal, service: 's3', action: 'PutObject', last: null },
      { principal, service: 'sqs', action: null, last: null },
    ]);
  });

  it('is saved as dumps that read back to the same', async () => {
    expect(await readAwsExports([join(lab.folder, 'saved')])).toEqual(whole);
    expect(gapsOf(whole)).toEqual([
      ...[HOME, lab.world.member]
        .sort()
        .flatMap((account) => [
          `aws:${account}:resource-policies absent`,
          ...(account === HOME ? [] : [`aws:${account}:last-accessed absent`]),
        ]),
    ]);
  });

  it('sends exactly what the policy that it prints allows', () => {
    const roles = [auditorOf(lab.world.member)];
    const printed = awsAccessPolicy({ assumeRoles: roles, lastAccessed: true }).Statement.flatMap(
      ({ Action }) => Action,
    );
    const sent = new Set(
      heard.flatMap(({ service, operation }) => {
        const known = awsService(service)?.byName.get(operation);
        if (!known) throw new Error(`${service} has no ${operation}`);
        return known.actions;
      }),
    );
    // Sent only where an attached policy is missing in the details: a test of its own below.
    for (const action of ['iam:GetPolicy', 'iam:GetPolicyVersion']) sent.add(action);
    expect([...sent].sort()).toEqual([...printed].sort());
  });
});

function limitOf({ boundary }: { boundary: string | null }): string | null {
  return boundary === null ? null : arnOf(boundary);
}

function byName<T extends { name: string }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function actionsOf(policies: readonly AwsPolicy[]) {
  return policies
    .map(({ name, statements, problem }) => ({ name, action: problem ?? statements[0]!.actions[0] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
