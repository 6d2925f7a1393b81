/**
 * Data planes of Azure by host and path, and the operations that role definitions name
 * (https://learn.microsoft.com/azure/role-based-access-control/permissions/). The control plane needs no table: its
 * paths are made of what its operations are named after.
 */
export type AzureRoute = {
  /** Against the host in lower case. */
  host: RegExp;
  method: string;
  /** Against the path, percent-decoded. The first group is the resource. */
  path: RegExp;
  /** Members that the query must have, as `comp=list`. */
  query?: string;
  operation: string;
};

const VAULT = /\.(?:vault|managedhsm)\.(?:azure\.net|usgovcloudapi\.net|azure\.cn)$/;
const BLOB = /\.(?:blob|dfs)\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)$/;
const QUEUE = /\.queue\.core\.windows\.net$/;
const TABLE = /\.table\.core\.windows\.net$/;
const OPENAI = /\.(?:openai|services\.ai|cognitiveservices)\.azure\.(?:com|us|cn)$/;
const COSMOS = /\.documents\.azure\.(?:com|us|cn)$/;
const SEARCH = /\.search\.windows\.net$/;
const BUS = /\.servicebus\.windows\.net$/;
const CONFIG = /\.azconfig\.io$/;
const REGISTRY = /\.azurecr\.io$/;

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const MESSAGES = 'Microsoft.Storage/storageAccounts/queueServices/queues';
const ENTITIES = 'Microsoft.Storage/storageAccounts/tableServices/tables';
const ITEMS = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers';
const DOCUMENTS = 'Microsoft.Search/searchServices/indexes';
const MODELS = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments';

const NAMED = '([^/]+)(?:/[^/]+)?';
const ONE = /^\/([^/]+)\/?$/;
const BELOW = /^\/([^/]+)\/.+$/;

function route(host: RegExp, method: string, path: RegExp, operation: string, query?: string): AzureRoute {
  return { host, method, path, operation, ...(query === undefined ? {} : { query }) };
}

function keyRoutes(): AzureRoute[] {
  const verbs = [
    ['encrypt', 'encrypt'],
    ['decrypt', 'decrypt'],
    ['sign', 'sign'],
    ['verify', 'verify'],
    ['wrapkey', 'wrap'],
    ['unwrapkey', 'unwrap'],
  ];
  return verbs.map(([path, action]) =>
    route(
      VAULT,
      'POST',
      new RegExp(`^/keys/${NAMED}/${path}$`),
      `Microsoft.KeyVault/vaults/keys/${action}/action`,
    ),
  );
}

const MODEL_CALLS: readonly (readonly [string, string])[] = [
  ['chat/completions', 'chat/completions/action'],
  ['completions', 'completions/action'],
  ['embeddings', 'embeddings/action'],
  ['images/generations', 'images/generations/action'],
  ['audio/transcriptions', 'audio/action'],
  ['audio/translations', 'audio/action'],
  ['audio/speech', 'audio/action'],
];

/** The first that matches. */
export const AZURE_ROUTES: readonly AzureRoute[] = [
  route(VAULT, 'GET', /^\/secrets\/?$/, 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'),
  route(
    VAULT,
    'GET',
    /^\/secrets\/([^/]+)\/versions$/,
    'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  ),
  route(
    VAULT,
    'GET',
    /^\/secrets\/([^/]+)(?:\/[^/]*)?$/,
    'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  ),
  route(VAULT, 'PUT', /^\/secrets\/([^/]+)$/, 'Microsoft.KeyVault/vaults/secrets/setSecret/action'),
  route(VAULT, 'PATCH', /^\/secrets\/([^/]+)/, 'Microsoft.KeyVault/vaults/secrets/update/action'),
  route(VAULT, 'DELETE', /^\/secrets\/([^/]+)$/, 'Microsoft.KeyVault/vaults/secrets/delete'),
  ...keyRoutes(),
  route(VAULT, 'GET', /^\/keys(?:\/([^/]+).*)?$/, 'Microsoft.KeyVault/vaults/keys/read'),
  route(VAULT, 'POST', /^\/keys\/([^/]+)\/create$/, 'Microsoft.KeyVault/vaults/keys/create/action'),
  route(VAULT, 'GET', /^\/certificates(?:\/([^/]+).*)?$/, 'Microsoft.KeyVault/vaults/certificates/read'),
  route(BLOB, 'GET', /^\/$/, `${BLOBS}/read`, 'comp=list'),
  route(BLOB, 'GET', ONE, `${BLOBS}/blobs/read`, 'comp=list'),
  route(BLOB, 'GET', ONE, `${BLOBS}/read`, 'restype=container'),
  route(BLOB, 'PUT', ONE, `${BLOBS}/write`, 'restype=container'),
  route(BLOB, 'DELETE', ONE, `${BLOBS}/delete`, 'restype=container'),
  route(BLOB, 'GET', ONE, `${BLOBS}/blobs/read`, 'resource=filesystem'),
  route(BLOB, 'GET', BELOW, `${BLOBS}/blobs/read`),
  route(BLOB, 'PUT', BELOW, `${BLOBS}/blobs/write`),
  route(BLOB, 'PATCH', BELOW, `${BLOBS}/blobs/write`),
  route(BLOB, 'DELETE', BELOW, `${BLOBS}/blobs/delete`),
  route(QUEUE, 'POST', /^\/([^/]+)\/messages$/, `${MESSAGES}/messages/add/action`),
  route(QUEUE, 'GET', /^\/([^/]+)\/messages$/, `${MESSAGES}/messages/read`, 'peekonly=true'),
  route(QUEUE, 'GET', /^\/([^/]+)\/messages$/, `${MESSAGES}/messages/process/action`),
  route(QUEUE, 'DELETE', /^\/([^/]+)\/messages/, `${MESSAGES}/messages/delete`),
  route(QUEUE, 'PUT', ONE, `${MESSAGES}/write`),
  route(TABLE, 'GET', /^\/Tables/, `${ENTITIES}/read`),
  route(TABLE, 'POST', /^\/Tables$/, `${ENTITIES}/write`),
  route(TABLE, 'GET', /^\/([A-Za-z][A-Za-z0-9]{2,62})(?:\(.*)?$/, `${ENTITIES}/entities/read`),
  route(TABLE, 'POST', /^\/([A-Za-z][A-Za-z0-9]{2,62})$/, `${ENTITIES}/entities/add/action`),
  route(TABLE, 'PUT', /^\/([A-Za-z][A-Za-z0-9]{2,62})\(/, `${ENTITIES}/entities/write`),
  route(TABLE, 'DELETE', /^\/([A-Za-z][A-Za-z0-9]{2,62})\(/, `${ENTITIES}/entities/delete`),
  ...MODEL_CALLS.map(([path, action]) =>
    route(OPENAI, 'POST', new RegExp(`^/openai/deployments/([^/]+)/${path}$`), `${MODELS}/${action}`),
  ),
  route(COSMOS, 'GET', /^\/dbs\/([^/]+\/colls\/[^/]+)\/docs\/[^/]+$/, `${ITEMS}/items/read`),
  route(COSMOS, 'GET', /^\/dbs\/([^/]+\/colls\/[^/]+)\/docs$/, `${ITEMS}/readChangeFeed`),
  route(COSMOS, 'POST', /^\/dbs\/([^/]+\/colls\/[^/]+)\/docs$/, `${ITEMS}/items/create`),
  route(COSMOS, 'PUT', /^\/dbs\/([^/]+\/colls\/[^/]+)\/docs\/[^/]+$/, `${ITEMS}/items/replace`),
  route(COSMOS, 'DELETE', /^\/dbs\/([^/]+\/colls\/[^/]+)\/docs\/[^/]+$/, `${ITEMS}/items/delete`),
  route(
    SEARCH,
    'POST',
    /^\/indexes(?:\/|\(')([^/')]+)(?:'\))?\/docs\/(?:search\.)?index$/,
    `${DOCUMENTS}/documents/write`,
  ),
  route(SEARCH, 'POST', /^\/indexes(?:\/|\(')([^/')]+)(?:'\))?\/docs\//, `${DOCUMENTS}/documents/read`),
  route(SEARCH, 'GET', /^\/indexes(?:\/|\(')([^/')]+)(?:'\))?\/docs/, `${DOCUMENTS}/documents/read`),
  route(SEARCH, 'GET', /^\/indexes(?:\/([^/]+))?$/, `${DOCUMENTS}/read`),
  route(BUS, 'POST', /^\/([^/]+)\/messages$/, 'Microsoft.ServiceBus/namespaces/messages/send/action'),
  route(
    BUS,
    'DELETE',
    /^\/([^/]+)\/messages\/head$/,
    'Microsoft.ServiceBus/namespaces/messages/receive/action',
  ),
  route(CONFIG, 'GET', /^\/kv/, 'Microsoft.AppConfiguration/configurationStores/keyValues/read'),
  route(
    REGISTRY,
    'GET',
    /^\/v2\/(.+)\/(?:manifests|blobs)\/[^/]+$/,
    'Microsoft.ContainerRegistry/registries/pull/read',
  ),
];

/** Hosts of services that are Azure's, whether or not the table knows their paths. */
export const AZURE_HOSTS: readonly RegExp[] = [
  VAULT,
  BLOB,
  QUEUE,
  TABLE,
  OPENAI,
  COSMOS,
  SEARCH,
  BUS,
  CONFIG,
  REGISTRY,
  /^graph\.microsoft\.(?:com|us)$/,
  /\.(?:api\.azureml\.ms|inference\.ml\.azure\.com|monitor\.azure\.com|file\.core\.windows\.net|kusto\.windows\.net)$/,
];
