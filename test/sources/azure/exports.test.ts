/** What `az … -o json` wrote, as an estate; and what it does not hold, told. */
import { describe, expect, it } from 'vitest';
import { createAzureBuilder } from '../../../src/sources/azure/builder.ts';
import { app, estateOf, GROUP } from '../../scope/azure/estate.ts';

describe('exports of Azure', () => {
  it('reads every list, and says that each was read', () => {
    const estate = estateOf();
    expect(estate.identities.map(({ name }) => name).sort()).toEqual([
      'crawler',
      'data-reader',
      'deployer',
      'indexer',
      'report-agent',
    ]);
    expect(
      estate.federatedCredentials.map(({ identity, subject }) => `${identity.split('/').at(-1)} ${subject}`),
    ).toEqual([
      'report-agent system:serviceaccount:research:report-agent',
      `${app(3).slice(10)} system:serviceaccount:staging:crawler`,
    ]);
    expect(estate.roleAssignments).toHaveLength(8);
    expect(estate.clusters[0]).toMatchObject({ name: 'research', workloadIdentity: true });
    expect(estate.warnings).toEqual([]);
    const absent = estate.coverage
      .filter(({ status }) => status !== 'read')
      .map(({ source }) => source.split('/').at(-1));
    expect(absent).toEqual(['deployer', 'indexer']);
  });

  it('takes one object as it takes a list, and what `az rest` answers', () => {
    const identity = {
      id: `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a`,
      name: 'a',
      clientId: 'c',
    };
    for (const document of [identity, [identity], { value: [identity] }]) {
      const builder = createAzureBuilder();
      expect(builder.add(document, 'show.json')).toBe(true);
      expect(builder.finish(null).identities).toEqual([{ ...identity, principalId: null, tenantId: null }]);
    }
  });

  it('puts application and service principal together in either order', () => {
    const documents = [
      [{ appId: 'c', id: 'app-object', displayName: 'x', signInAudience: 'AzureADMyOrg' }],
      [{ appId: 'c', id: 'sp-object', displayName: 'x', servicePrincipalType: 'Application' }],
    ];
    for (const order of [documents, documents.toReversed()]) {
      const builder = createAzureBuilder();
      for (const one of order) builder.add(one, 'x.json');
      expect(builder.finish(null).identities).toMatchObject([
        { id: 'app/c', clientId: 'c', principalId: 'sp-object' },
      ]);
    }
  });

  it.each([
    [{ 'role-assignments.json': null }, 'azure:role-assignments', 'absent', 'az role assignment list --all'],
    [{ 'role-definitions.json': null }, 'azure:role-definitions', 'absent', 'az role definition list'],
    [{ 'clusters.json': null }, 'azure:clusters', 'absent', 'az aks list'],
    [
      { 'role-assignments.json': [{ id: 'x', principalId: 7, roleDefinitionId: 'r', scope: '/' }] },
      'azure:role-assignments',
      'failed',
      'principalId',
    ],
    [{ 'clusters.json': [] }, 'azure:clusters', 'read', null],
  ])('says what is missing or damaged: %j', (changes, source, status, reason) => {
    const row = estateOf(changes).coverage.find((one) => one.source === source)!;
    expect(row.status).toBe(status);
    if (reason === null) expect(row.reason).toBeNull();
    else expect(row.reason).toContain(reason);
  });

  it('asks whose federated credentials are of which nothing tells the application', () => {
    const builder = createAzureBuilder();
    const credential = { name: 'f', issuer: 'https://i', subject: 's', audiences: [] };
    expect(builder.add([credential], 'somewhere.json')).toBe(true);
    const { federatedCredentials, warnings } = builder.finish(null);
    expect(federatedCredentials).toEqual([]);
    expect(warnings[0]).toMatch(/somewhere\.json: row 0: .*app\/<client id>\//);
  });

  it.each([
    [null],
    ['text'],
    [7],
    [[]],
    [[null]],
    [[[]]],
    [{ value: {} }],
    [JSON.parse('{"__proto__":{"appId":"x","servicePrincipalType":"y"}}')],
    [{ apiVersion: 'v1', kind: 'List', items: [] }],
    [{ roleName: 'x', permissions: [] }],
  ])('leaves alone what is not of Azure: %j', (document) => {
    expect(createAzureBuilder().add(document, 'pods.json')).toBe(false);
  });

  it('survives rows of every wrong type', () => {
    for (const wrong of [null, 7, 'x', [], {}, true, { id: {} }]) {
      const rows = [{ roleDefinitionId: wrong, principalId: wrong, scope: wrong, id: wrong }, wrong];
      const builder = createAzureBuilder();
      builder.add(rows, 'azure/role-assignments.json');
      const { coverage, roleAssignments } = builder.finish(null);
      const ids = roleAssignments.map(({ id }) => id);
      expect(ids).toEqual(wrong === 'x' ? ['x'] : []);
      expect(coverage.find(({ source }) => source === 'azure:role-assignments')!.status).toBe('failed');
    }
  });
});
