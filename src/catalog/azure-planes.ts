/**
 * Operations of data: `actions` of a role do not give them, `dataActions` do. Providers that are not named here have none.
 * https://learn.microsoft.com/azure/role-based-access-control/role-definitions#control-and-data-actions
 */

/** Whether all that the provider has of data is in `data`: then the rest is of the management plane. */
export type AzureProvider = { data: readonly string[]; whole: boolean };

function provider(name: string, data: readonly string[], whole = true): [string, AzureProvider] {
  return [name, { data: data.map((one) => `${name}/${one}`.toLowerCase()), whole }];
}

/** By name, lower case. */
export const AZURE_PROVIDERS: ReadonlyMap<string, AzureProvider> = new Map([
  provider('microsoft.storage', [
    'storageAccounts/blobServices/containers/blobs/*',
    'storageAccounts/queueServices/queues/messages/*',
    'storageAccounts/tableServices/tables/entities/*',
    'storageAccounts/fileServices/*/files/*',
    'storageAccounts/fileServices/readFileBackupSemantics/action',
    'storageAccounts/fileServices/writeFileBackupSemantics/action',
    'storageAccounts/fileServices/takeOwnership/action',
  ]),
  provider('microsoft.keyvault', [
    'vaults/secrets/getSecret/action',
    'vaults/secrets/setSecret/action',
    'vaults/secrets/readMetadata/action',
    'vaults/secrets/update/action',
    'vaults/secrets/delete',
    'vaults/secrets/backup/action',
    'vaults/secrets/restore/action',
    'vaults/secrets/recover/action',
    'vaults/secrets/purge/action',
    'vaults/keys/*/action',
    'vaults/keys/delete',
    'vaults/certificates/*',
    'vaults/certificatecas/*',
    'vaults/certificatecontacts/*',
    'vaults/storageaccounts/*',
  ]),
  provider('microsoft.search', ['searchServices/indexes/documents/*', 'searchServices/indexes/read']),
  provider('microsoft.servicebus', ['namespaces/messages/*']),
  provider('microsoft.eventhub', ['namespaces/messages/*', 'namespaces/schemas/*']),
  provider('microsoft.appconfiguration', [
    'configurationStores/keyValues/*',
    'configurationStores/snapshots/*',
  ]),
  provider('microsoft.cognitiveservices', ['accounts/OpenAI/*', 'accounts/AIServices/*'], false),
  provider('microsoft.containerregistry', ['registries/repositories/*'], false),
  ...[
    'microsoft.containerservice',
    'microsoft.machinelearningservices',
    'microsoft.healthcareapis',
    'microsoft.digitaltwins',
    'microsoft.devices',
    'microsoft.eventgrid',
    'microsoft.maps',
    'microsoft.synapse',
    'microsoft.signalrservice',
    'microsoft.monitor',
    'microsoft.insights',
    'microsoft.operationalinsights',
    'microsoft.compute',
    'microsoft.hybridcompute',
    'microsoft.kubernetes',
    'microsoft.codesigning',
    'microsoft.purview',
    'microsoft.loadtestservice',
    'microsoft.app',
  ].map((name) => provider(name, [], false)),
]);

/** Verbs of the management plane alone, of any resource of any provider that keeps keys. */
export const AZURE_KEYS = /\/(?:list|regenerate)keys?\/action$/;

/** Cosmos DB has role assignments of its own, beside those of Azure. */
export const AZURE_OWN_ROLES =
  /^microsoft\.documentdb\/databaseaccounts\/(?:readmetadata$|sqldatabases\/containers\/(?:items\/|executequery|readchangefeed|manageconflicts))/;
