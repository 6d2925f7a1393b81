import { describe, expect, it } from 'vitest';
import { planeOf } from '../../../src/match/azure/plane.ts';
import { scopeCovers } from '../../../src/match/azure/scope.ts';

const S = '/subscriptions/s';
const G = `${S}/resourceGroups/g`;
const A = `${G}/providers/Microsoft.Storage/storageAccounts/a`;
const M = '/providers/Microsoft.Management/managementGroups/m';

describe('scopeCovers', () => {
  it.each([
    ['/', A, 'yes'],
    [S, A, 'yes'],
    [`${S}/`, A, 'yes'],
    [G.toUpperCase(), A, 'yes'],
    [A, A, 'yes'],
    [A, G, 'no'],
    [`${G}2`, A, 'no'],
    [G, `${G}2`, 'no'],
    [M, A, 'unknown'],
    [M, M, 'yes'],
    [G, `${S}/resourceGroups/*`, 'unknown'],
    [G, '/subscriptions/other/*', 'no'],
    // Of data, the wire tells names and no subscription.
    [S, 'a/reports/x', 'unknown'],
    [M, 'a/reports/x', 'unknown'],
    [A, 'a/reports/x', 'yes'],
    [A, 'b/reports/x', 'no'],
    [`${A}/blobServices/default/containers/reports`, 'a/reports/x', 'yes'],
    [`${A}/blobServices/default/containers/reports`, 'a/other/x', 'no'],
    [`${A}/blobServices/default/containers/reports`, 'a/*', 'unknown'],
    [`${A}/blobServices/default/containers/reports`, 'a', 'unknown'],
  ] as const)('%s covers %s: %s', (scope, resource, expected) => {
    expect(scopeCovers(scope, resource)).toBe(expected);
  });
});

// Planes as the reference of built-in roles lists them: learn.microsoft.com/azure/role-based-access-control/permissions
describe('planeOf', () => {
  it.each([
    ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read', 'data'],
    ['Microsoft.Storage/storageAccounts/blobServices/containers/read', 'management'],
    ['Microsoft.Storage/storageAccounts/listKeys/action', 'management'],
    ['Microsoft.KeyVault/vaults/secrets/getSecret/action', 'data'],
    ['Microsoft.KeyVault/vaults/secrets/read', 'management'],
    ['Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action', 'data'],
    ['Microsoft.CognitiveServices/accounts/read', 'management'],
    ['Microsoft.CognitiveServices/accounts/Language/analyze/action', 'unknown'],
    ['Microsoft.Network/virtualNetworks/read', 'management'],
    ['nonsense', 'management'],
  ] as const)('%s: %s', (action, expected) => {
    expect(planeOf(action)).toBe(expected);
    expect(planeOf(action.toUpperCase())).toBe(expected);
  });
});
