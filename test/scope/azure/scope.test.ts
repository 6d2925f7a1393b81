/** Beside fixtures/questions/aks, which are asked through the whole program: what each part is made of. */
import { describe, expect, it } from 'vitest';
import { cloudPatternMatches, parseCloudUse } from '../../../src/match/cloud-action.ts';
import type { AzureEstate } from '../../../src/model/azure.ts';
import type { Pattern } from '../../../src/model/configured.ts';
import { createAzureScope } from '../../../src/scope/azure/index.ts';
import { app, estateOf, GROUP } from './estate.ts';

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';
const ask = (estate: AzureEstate, principal: string, action: string, resource: string | null = null) =>
  createAzureScope(estate).decide({ principal, action, resource, context: {} });

describe('capabilities', () => {
  const held = (estate: AzureEstate, number: number) => createAzureScope(estate).capabilitiesOf(app(number));

  it('are one a block and plane, of the principal, with the way', () => {
    const [blobs] = held(estateOf(), 1).filter(({ summary }) => summary.includes('dataActions'));
    expect(blobs).toMatchObject({
      holder: { type: 'principal', id: app(1) },
      kind: 'cloud-action',
      effect: 'allow',
      origin: 'direct',
      conditions: [],
      source: 'azure-role-assignments',
    });
    expect(blobs!.path.map(({ object, inherited }) => [object, inherited])).toEqual([
      ['Managed identity report-agent', false],
      ['Role assignment a0000001-0000-4000-8000-000000000000', false],
      ['Role Storage Blob Data Reader', false],
    ]);
  });

  it('of a management group are inherited', () => {
    const reader = held(estateOf(), 1).find(({ summary }) => summary.startsWith('Reader'));
    expect(reader!.origin).toBe('inherited');
  });

  it('of management are exercised by no operation of data', () => {
    const [contributor] = held(estateOf(), 5);
    const matches = (subject: string) => {
      const use = parseCloudUse(
        `azure:${subject}`,
        `${GROUP}/providers/Microsoft.Storage/storageAccounts/corpus`,
      )!;
      const any = (patterns: readonly Pattern[]) =>
        patterns.some((one) => one.type === 'cloud' && cloudPatternMatches(one, use) === 'yes');
      return any(contributor!.allow) && !any(contributor!.deny);
    };
    expect(matches('Microsoft.Storage/storageAccounts/listKeys/action')).toBe(true);
    expect(matches(`${BLOBS}/read`)).toBe(false);
    expect(matches('Microsoft.Authorization/roleAssignments/write')).toBe(false);
  });

  it.each([
    ['a condition', {}, 'Storage Blob Data Reader: 1 dataActions', /the condition holds: /],
    [
      'a role that was not read',
      {},
      'whatever Research Operator grants',
      /definition of Research Operator was not read/,
    ],
    ['groups', {}, 'whatever groups 66bb0000', /members are not read/],
    ['assignments that were not read', { 'role-assignments.json': null }, 'whatever further roles', /absent/],
  ])('of %s are conditional, never nothing', (_, changes, summary, condition) => {
    const found = held(estateOf(changes), 4).find((one) => one.summary.startsWith(summary))!;
    expect(found.effect).toBe('conditional');
    expect(found.conditions.join()).toMatch(condition);
  });

  it('of an application whose service principal was not read are not known', () => {
    const estate = estateOf({
      'service-principals.json': [{ appId: app(3).slice(10), signInAudience: 'x' }],
    });
    expect(held(estate, 3)).toMatchObject([{ effect: 'conditional', allow: [] }, { effect: 'conditional' }]);
    expect(ask(estate, app(3), `${BLOBS}/read`).verdict).toBe('cannot-tell');
  });
});

describe('decisions', () => {
  it('on what was not read are not told', () => {
    const estate = estateOf({ 'role-assignments.json': null });
    expect(ask(estate, app(1), `${BLOBS}/read`)).toMatchObject({
      verdict: 'cannot-tell',
      reason: expect.stringContaining('az role assignment list --all'),
    });
  });

  it('take notActions from their own block only', () => {
    const definition = (permissions: object[]) => [
      {
        id: '/providers/Microsoft.Authorization/roleDefinitions/deadbeef-0000-4000-8000-000000000000',
        name: 'deadbeef-0000-4000-8000-000000000000',
        roleName: 'Research Operator',
        permissions,
      },
    ];
    const one = { actions: ['*'], notActions: ['Microsoft.Compute/*'] };
    const two = { actions: ['microsoft.compute/virtualmachines/READ'] };
    const verdict = (permissions: object[]) =>
      ask(
        estateOf({ 'more.json': definition(permissions) }),
        app(4),
        'Microsoft.Compute/virtualMachines/read',
        GROUP,
      ).verdict;
    // The group of the fixture may read secrets only.
    expect(verdict([one])).toBe('deny');
    expect(verdict([one, two])).toBe('allow');
    expect(verdict([{ ...two, condition: 'x' }])).toBe('conditional');
  });

  it('answer for anywhere by any assignment', () => {
    expect(ask(estateOf(), app(1), `${BLOBS}/read`).verdict).toBe('allow');
    expect(ask(estateOf(), app(1), `${BLOBS}/delete`).verdict).toBe('deny');
  });
});

describe('edges', () => {
  const edges = (estate: AzureEstate, number: number) =>
    createAzureScope(estate)
      .edgesOf(app(number))
      .map(({ to, by, effect }) => `${effect} ${to} ${by.split('/').slice(-2).join('/')}`);

  it('go where federated credentials may be written', () => {
    expect(edges(estateOf(), 1)).toEqual([`allow ${app(2)} federatedIdentityCredentials/write`]);
  });

  it('go to all identities of a group of which everything may be written, and to the nodes of its cluster', () => {
    const found = edges(estateOf(), 5);
    expect(found).toContain(`allow ${app(1)} federatedIdentityCredentials/write`);
    expect(found).toContain(`allow ${app(9)} listClusterAdminCredential/action`);
    expect(found).toHaveLength(4);
  });

  const given = (actions: string[], condition: string | null = null) => ({
    'role-definitions.json': [
      {
        id: '/providers/Microsoft.Authorization/roleDefinitions/r',
        name: 'r',
        roleName: 'r',
        permissions: [{ actions }],
      },
    ],
    'role-assignments.json': [
      {
        id: '/x',
        principalId: '77aa0000-0000-4000-8000-000000000005',
        principalType: 'ServicePrincipal',
        roleDefinitionId: '/r',
        scope: GROUP,
        condition,
      },
    ],
  });

  it('need compute for an identity that may be assigned', () => {
    const assign = 'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action';
    const own = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';
    expect(edges(estateOf(given([own])), 5)).toEqual([]);
    expect(edges(estateOf(given([assign, 'Microsoft.Compute/virtualMachines/write'])), 5)).toEqual([]);
    expect(edges(estateOf(given([own, 'Microsoft.Compute/virtualMachines/write'])), 5)).toEqual(
      [2, 4, 1].map((one) => `allow ${app(one)} virtualMachines/write`),
    );
  });

  it('are conditional where roles may be given under a condition', () => {
    const found = edges(
      estateOf(given(['Microsoft.Authorization/roleAssignments/write'], 'only readers')),
      5,
    );
    expect(found).toHaveLength(3);
    expect(found.every((one) => one.startsWith('conditional '))).toBe(true);
  });
});

it('stays linear under hostile patterns', () => {
  const actions = Array.from({ length: 2000 }, (_, index) => `${'*a'.repeat(200)}${index}`);
  const estate = estateOf({
    'role-definitions.json': [
      {
        id: '/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
        name: 'x',
        roleName: '__proto__',
        permissions: [{ actions, notActions: actions, dataActions: actions }],
      },
    ],
  });
  const started = process.cpuUsage();
  // Other roles of the fixture are now not read, so that nothing is denied.
  expect(ask(estate, app(1), `Microsoft.Storage/${'a'.repeat(2000)}`).verdict).toBe('conditional');
  expect(process.cpuUsage(started).user).toBeLessThan(3_000_000);
});
