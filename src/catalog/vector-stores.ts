/** Stores that are spoken to over HTTP: which request does what to which collection, and where its answer counts. */

/**
 * A path into JSON: keys, `*` for each member of a list or object. A list there is counted, a number is the count; `#`
 * at the end counts the thing itself. Empty: the whole value.
 */
export type JsonPath = readonly string[];

/** `open`: a collection is looked up or made, nothing of it is read. */
export type StoreOperation = 'query' | 'get' | 'list' | 'upsert' | 'delete' | 'open';

export type StoreRoute = {
  store: string;
  operation: StoreOperation;
  /** Holds embeddings: then the store is an artifact, and a query of it is retrieval. */
  vector: boolean;
  /** Upper case; default: any. */
  methods?: readonly string[];
  /** Against the path, percent-decoded; group `collection`. */
  path: RegExp;
  /** Against the host without port; group `collection`. Absent: any host. */
  hosts?: RegExp;
  port?: string;
  /** A request header that must be there, and what its value must match. */
  header?: readonly [string, RegExp];
  /** A field of the request that must be there, since the path alone is not telling. */
  asks?: JsonPath;
  /** Where the request names the collection. */
  collection?: JsonPath;
  /** The answer tells names of collections that later requests call by their ids: members `id` and `name`. */
  names?: true;
  /** Records in the request: what is written. */
  sent?: JsonPath;
  /** Records in the answer; the first that is there. */
  hits?: readonly JsonPath[];
};

const QDRANT = { store: 'qdrant', vector: true } as const;
const CHROMA = { store: 'chroma', vector: true } as const;
const CHROMA_PATH = '^/api/v[12](?:/tenants/[^/]+/databases/[^/]+)?/collections/(?<collection>[^/]+)';
const MILVUS = { store: 'milvus', vector: true, collection: ['collectionName'] } as const;
const WEAVIATE = { store: 'weaviate', vector: true } as const;
const PINECONE = {
  store: 'pinecone',
  vector: true,
  hosts: /^(?<collection>.+?)-[a-z0-9]{7}\.svc\.[a-z0-9.-]+\.pinecone\.io$/,
} as const;
const PINECONE_LOCAL = { store: 'pinecone', vector: true, header: ['x-pinecone-api-version', /./] } as const;
const AZURE_SEARCH = {
  store: 'azure-ai-search',
  vector: true,
  hosts: /\.search\.windows\.(?:net|us|cn)$/,
} as const;
const AZURE_INDEX = "^/indexes(?:/(?<collection>[^/()']+)|\\('(?<quoted>[^/()']+)'\\))/docs";
const TURBOPUFFER = { store: 'turbopuffer', vector: true, hosts: /(?:^|\.)turbopuffer\.com$/ } as const;
const KNOWLEDGE_BASE = { store: 'bedrock-knowledge-base', vector: true } as const;
const VERTEX = { store: 'vertex-vector-search', vector: true } as const;
const TYPESENSE = { store: 'typesense', vector: true } as const;
const DYNAMODB = { store: 'dynamodb', vector: false, path: /^\/$/, collection: ['TableName'] } as const;

const pinecone = (base: typeof PINECONE | typeof PINECONE_LOCAL): readonly StoreRoute[] => [
  { ...base, operation: 'query', path: /^\/query$/, hits: [['matches']] },
  {
    ...base,
    operation: 'query',
    path: /^\/records\/namespaces\/[^/]+\/search$/,
    hits: [['result', 'hits']],
  },
  { ...base, operation: 'upsert', path: /^\/vectors\/(?:upsert|update)$/, sent: ['vectors'] },
  { ...base, operation: 'upsert', path: /^\/records\/namespaces\/[^/]+\/upsert$/ },
  { ...base, operation: 'get', path: /^\/vectors\/fetch$/, hits: [['vectors', '*']] },
  { ...base, operation: 'list', path: /^\/vectors\/list$/, hits: [['vectors']] },
  { ...base, operation: 'delete', path: /^\/vectors\/delete$/ },
];

/** Elasticsearch and OpenSearch answer alike; on AWS the host tells. A search is retrieval if it asks for neighbours. */
const elastic = (base: Pick<StoreRoute, 'store' | 'hosts' | 'header'>): readonly StoreRoute[] => {
  const search = { ...base, operation: 'query', path: /^\/(?<collection>[^/]+)\/_search$/ } as const;
  const hits = [['hits', 'hits']];
  return [
    ...[['knn'], ['query', 'knn'], ['query', 'neural'], ['query', 'hybrid'], ['retriever']].map((asks) => ({
      ...search,
      vector: true,
      asks,
      hits,
    })),
    { ...search, vector: false, hits },
    { ...search, vector: true, path: /^\/(?<collection>[^/]+)\/_knn_search$/, hits },
    { ...search, vector: false, path: /^\/_search$/, hits },
    {
      ...search,
      vector: false,
      path: /^(?:\/(?<collection>[^/]+))?\/_msearch$/,
      hits: [['responses', '*', 'hits', 'hits']],
    },
    { ...search, vector: false, operation: 'list', path: /^\/_cat\/indices/ },
    {
      ...base,
      vector: false,
      operation: 'upsert',
      path: /^(?:\/(?<collection>[^/]+))?\/_bulk$/,
      hits: [['items']],
    },
    {
      ...base,
      vector: false,
      operation: 'upsert',
      methods: ['PUT', 'POST'],
      path: /^\/(?<collection>[^/]+)\/(?:_doc|_create|_update)(?:\/[^/]+)?$/,
    },
    {
      ...base,
      vector: false,
      operation: 'get',
      methods: ['GET'],
      path: /^\/(?<collection>[^/]+)\/_(?:doc|source)\/[^/]+$/,
    },
    {
      ...base,
      vector: false,
      operation: 'delete',
      methods: ['DELETE'],
      path: /^\/(?<collection>[^/]+)\/_doc\/[^/]+$/,
    },
    {
      ...base,
      vector: false,
      operation: 'delete',
      path: /^\/(?<collection>[^/]+)\/_delete_by_query$/,
      hits: [['deleted']],
    },
  ];
};

const dynamo = (operation: StoreOperation, actions: string, more: Partial<StoreRoute> = {}): StoreRoute => ({
  ...DYNAMODB,
  operation,
  header: ['x-amz-target', new RegExp(`^DynamoDB_\\d+\\.(?:${actions})$`)],
  ...more,
});

/** The first that matches. */
export const STORE_ROUTES: readonly StoreRoute[] = [
  ...pinecone(PINECONE),
  ...pinecone(PINECONE_LOCAL),
  {
    ...QDRANT,
    operation: 'query',
    path: /^\/collections\/(?<collection>[^/]+)\/points\/(?:search|query|recommend|discover)\/batch$/,
    hits: [
      ['result', '*', 'points'],
      ['result', '*'],
    ],
  },
  {
    ...QDRANT,
    operation: 'query',
    path: /^\/collections\/(?<collection>[^/]+)\/points\/(?:search|query|recommend|discover)(?:\/groups)?$/,
    hits: [['result', 'points'], ['result', 'groups', '*', 'hits'], ['result']],
  },
  {
    ...QDRANT,
    operation: 'list',
    path: /^\/collections\/(?<collection>[^/]+)\/points\/scroll$/,
    hits: [['result', 'points']],
  },
  {
    ...QDRANT,
    operation: 'get',
    methods: ['POST'],
    path: /^\/collections\/(?<collection>[^/]+)\/points$/,
    hits: [['result']],
  },
  {
    ...QDRANT,
    operation: 'upsert',
    methods: ['PUT'],
    path: /^\/collections\/(?<collection>[^/]+)\/points$/,
    sent: ['points'],
  },
  {
    ...QDRANT,
    operation: 'delete',
    path: /^\/collections\/(?<collection>[^/]+)\/points\/delete$/,
    sent: ['points'],
  },
  {
    ...CHROMA,
    operation: 'open',
    methods: ['GET', 'POST'],
    path: /^\/api\/v[12](?:\/tenants\/[^/]+\/databases\/[^/]+)?\/collections(?:\/(?<collection>[^/]+))?$/,
    collection: ['name'],
    names: true,
  },
  { ...CHROMA, operation: 'query', path: new RegExp(`${CHROMA_PATH}/query$`), hits: [['ids', '*']] },
  { ...CHROMA, operation: 'get', path: new RegExp(`${CHROMA_PATH}/get$`), hits: [['ids']] },
  {
    ...CHROMA,
    operation: 'upsert',
    path: new RegExp(`${CHROMA_PATH}/(?:add|upsert|update)$`),
    sent: ['ids'],
  },
  { ...CHROMA, operation: 'delete', path: new RegExp(`${CHROMA_PATH}/delete$`), sent: ['ids'] },
  {
    ...MILVUS,
    operation: 'query',
    path: /^\/v2\/vectordb\/entities\/(?:search|hybrid_search|advanced_search|query)$/,
    hits: [['data']],
  },
  { ...MILVUS, operation: 'get', path: /^\/v2\/vectordb\/entities\/get$/, hits: [['data']] },
  { ...MILVUS, operation: 'upsert', path: /^\/v2\/vectordb\/entities\/(?:insert|upsert)$/, sent: ['data'] },
  { ...MILVUS, operation: 'delete', path: /^\/v2\/vectordb\/entities\/delete$/ },
  { ...WEAVIATE, operation: 'query', path: /^\/v1\/graphql$/, asks: ['query'], hits: [['data', 'Get', '*']] },
  {
    ...WEAVIATE,
    operation: 'upsert',
    path: /^\/v1\/batch\/objects$/,
    collection: ['objects', '0', 'class'],
    sent: ['objects'],
  },
  {
    ...WEAVIATE,
    operation: 'upsert',
    methods: ['POST'],
    path: /^\/v1\/objects$/,
    asks: ['class'],
    collection: ['class'],
  },
  {
    ...WEAVIATE,
    operation: 'get',
    methods: ['GET'],
    path: /^\/v1\/objects\/(?<collection>[A-Z]\w*)\/[^/]+$/,
  },
  {
    ...WEAVIATE,
    operation: 'delete',
    methods: ['DELETE'],
    path: /^\/v1\/objects\/(?<collection>[A-Z]\w*)\/[^/]+$/,
  },
  ...elastic({ store: 'opensearch', hosts: /\.(?:es|aoss)\.amazonaws\.com$/ }),
  ...elastic({ store: 'opensearch', header: ['user-agent', /^opensearch/i] }),
  ...elastic({ store: 'elasticsearch' }),
  {
    ...AZURE_SEARCH,
    operation: 'upsert',
    path: new RegExp(`${AZURE_INDEX}/(?:search\\.)?index$`),
    sent: ['value'],
  },
  {
    ...AZURE_SEARCH,
    operation: 'query',
    path: new RegExp(`${AZURE_INDEX}(?:/search(?:\\.post\\.search)?)?$`),
    hits: [['value']],
  },
  {
    ...KNOWLEDGE_BASE,
    operation: 'query',
    path: /^\/knowledgebases\/(?<collection>[^/]+)\/retrieve$/,
    hits: [['retrievalResults']],
  },
  {
    ...KNOWLEDGE_BASE,
    operation: 'query',
    path: /^\/retrieveAndGenerate(?:Stream)?$/,
    collection: ['retrieveAndGenerateConfiguration', 'knowledgeBaseConfiguration', 'knowledgeBaseId'],
    hits: [['citations', '*', 'retrievedReferences']],
  },
  {
    ...VERTEX,
    operation: 'query',
    path: /\/indexEndpoints\/(?<collection>[^/:]+):findNeighbors$/,
    hits: [['nearestNeighbors', '*', 'neighbors']],
  },
  {
    ...VERTEX,
    operation: 'get',
    path: /\/indexEndpoints\/(?<collection>[^/:]+):readIndexDatapoints$/,
    hits: [['datapoints']],
  },
  {
    ...VERTEX,
    operation: 'upsert',
    path: /\/indexes\/(?<collection>[^/:]+):upsertDatapoints$/,
    sent: ['datapoints'],
  },
  {
    ...VERTEX,
    operation: 'delete',
    path: /\/indexes\/(?<collection>[^/:]+):removeDatapoints$/,
    sent: ['datapointIds'],
  },
  {
    store: 'vertex-rag',
    vector: true,
    operation: 'query',
    path: /\/locations\/[^/:]+:retrieveContexts$/,
    collection: ['vertexRagStore', 'ragResources', '0', 'ragCorpus'],
    hits: [['contexts', 'contexts']],
  },
  {
    store: 'vertex-search',
    vector: true,
    operation: 'query',
    path: /\/(?:dataStores|engines)\/(?<collection>[^/]+)\/servingConfigs\/[^/:]+:(?:search|answer)$/,
    hits: [['results']],
  },
  {
    ...TURBOPUFFER,
    operation: 'query',
    path: /^\/v\d\/namespaces\/(?<collection>[^/]+)\/query$/,
    hits: [['rows'], []],
  },
  {
    ...TURBOPUFFER,
    operation: 'upsert',
    methods: ['POST'],
    path: /^\/v\d\/namespaces\/(?<collection>[^/]+)$/,
    sent: ['upsert_rows'],
  },
  {
    ...TURBOPUFFER,
    operation: 'delete',
    methods: ['DELETE'],
    path: /^\/v\d\/namespaces\/(?<collection>[^/]+)$/,
  },
  {
    ...TYPESENSE,
    operation: 'query',
    path: /^\/collections\/(?<collection>[^/]+)\/documents\/search$/,
    hits: [['hits']],
  },
  {
    ...TYPESENSE,
    operation: 'query',
    path: /^\/multi_search$/,
    header: ['x-typesense-api-key', /./],
    collection: ['searches', '0', 'collection'],
    hits: [['results', '*', 'hits']],
  },
  {
    ...TYPESENSE,
    operation: 'upsert',
    path: /^\/collections\/(?<collection>[^/]+)\/documents(?:\/import)?$/,
    methods: ['POST'],
  },
  {
    store: 'marqo',
    vector: true,
    operation: 'query',
    port: '8882',
    path: /^\/indexes\/(?<collection>[^/]+)\/search$/,
    hits: [['hits']],
  },
  {
    store: 'meilisearch',
    vector: true,
    operation: 'query',
    path: /^\/indexes\/(?<collection>[^/]+)\/search$/,
    hits: [['hits']],
  },
  {
    store: 'vespa',
    vector: true,
    operation: 'query',
    path: /^\/search\/?$/,
    asks: ['yql'],
    hits: [['root', 'children']],
  },
  {
    store: 'vespa',
    vector: true,
    operation: 'upsert',
    methods: ['POST', 'PUT'],
    path: /^\/document\/v1\/[^/]+\/(?<collection>[^/]+)\/docid\//,
  },
  {
    store: 'vespa',
    vector: true,
    operation: 'get',
    methods: ['GET'],
    path: /^\/document\/v1\/[^/]+\/(?<collection>[^/]+)\/docid\//,
  },
  {
    store: 'openai-vector-store',
    vector: true,
    operation: 'query',
    path: /\/v1\/vector_stores\/(?<collection>[^/]+)\/search$/,
    hits: [['data']],
  },
  {
    store: 'snowflake-cortex-search',
    vector: true,
    operation: 'query',
    path: /\/cortex-search-services\/(?<collection>[^/:]+):query$/,
    hits: [['results']],
  },
  {
    store: 'supabase',
    vector: false,
    operation: 'query',
    hosts: /\.supabase\.(?:co|in)$/,
    path: /^\/rest\/v1\/(?<collection>(?:rpc\/)?[^/]+)$/,
    methods: ['GET', 'POST'],
    hits: [[]],
  },
  {
    store: 'bigquery',
    vector: false,
    operation: 'query',
    path: /^\/bigquery\/v2\/projects\/(?<collection>[^/]+)\/queries(?:\/[^/]+)?$/,
    hits: [['rows']],
  },
  dynamo('query', 'Query|Scan', { hits: [['Items']] }),
  dynamo('get', 'GetItem', { hits: [['Item', '#']] }),
  dynamo('get', 'BatchGetItem|TransactGetItems', { hits: [['Responses', '*']] }),
  dynamo('upsert', 'PutItem|UpdateItem|BatchWriteItem|TransactWriteItems', { sent: ['RequestItems', '*'] }),
  dynamo('delete', 'DeleteItem'),
];

export type GrpcCount = 'floats' | 'columns' | 'number';

export type GrpcRoute = {
  store: string;
  /** `/package.Service/Method`, against the path. */
  path: RegExp;
  operation: StoreOperation;
  /** Field number of the collection's name in the request; null: the host names it. */
  collection: number | null;
  /**
   * Field numbers in the answer: what is repeated there is counted; or the members of a packed field, the rows of
   * Milvus's columns, or the number itself.
   */
  hits?: { fields: readonly number[]; as?: GrpcCount };
  /** The same of the request: what is written. */
  sent?: { fields: readonly number[]; as?: GrpcCount };
  hosts?: RegExp;
};

/** Field numbers: qdrant points.proto, milvus.proto with schema.proto, weaviate v1, pinecone db_data. */
export const GRPC_ROUTES: readonly GrpcRoute[] = [
  {
    store: 'qdrant',
    path: /^\/qdrant\.Points\/(?:Search|Query|Recommend|Discover)$/,
    operation: 'query',
    collection: 1,
    hits: { fields: [1] },
  },
  {
    store: 'qdrant',
    path: /^\/qdrant\.Points\/(?:Search|Query|Recommend|Discover)Batch$/,
    operation: 'query',
    collection: 1,
    hits: { fields: [1, 1] },
  },
  {
    store: 'qdrant',
    path: /^\/qdrant\.Points\/Scroll$/,
    operation: 'list',
    collection: 1,
    hits: { fields: [2] },
  },
  {
    store: 'qdrant',
    path: /^\/qdrant\.Points\/Get$/,
    operation: 'get',
    collection: 1,
    hits: { fields: [1] },
  },
  {
    store: 'qdrant',
    path: /^\/qdrant\.Points\/Upsert$/,
    operation: 'upsert',
    collection: 1,
    sent: { fields: [3] },
  },
  { store: 'qdrant', path: /^\/qdrant\.Points\/Delete$/, operation: 'delete', collection: 1 },
  {
    store: 'milvus',
    path: /^\/milvus\.proto\.milvus\.MilvusService\/(?:Search|HybridSearch)$/,
    operation: 'query',
    collection: 3,
    hits: { fields: [2, 4], as: 'floats' },
  },
  {
    store: 'milvus',
    path: /^\/milvus\.proto\.milvus\.MilvusService\/Query$/,
    operation: 'query',
    collection: 3,
    hits: { fields: [2], as: 'columns' },
  },
  {
    store: 'milvus',
    path: /^\/milvus\.proto\.milvus\.MilvusService\/(?:Insert|Upsert)$/,
    operation: 'upsert',
    collection: 3,
    sent: { fields: [7], as: 'number' },
  },
  {
    store: 'milvus',
    path: /^\/milvus\.proto\.milvus\.MilvusService\/Delete$/,
    operation: 'delete',
    collection: 3,
    hits: { fields: [7], as: 'number' },
  },
  {
    store: 'weaviate',
    path: /^\/weaviate\.v1\.Weaviate\/Search$/,
    operation: 'query',
    collection: 1,
    hits: { fields: [2] },
  },
  {
    store: 'weaviate',
    path: /^\/weaviate\.v1\.Weaviate\/BatchObjects$/,
    operation: 'upsert',
    collection: null,
    sent: { fields: [1] },
  },
  { store: 'weaviate', path: /^\/weaviate\.v1\.Weaviate\/BatchDelete$/, operation: 'delete', collection: 1 },
  {
    store: 'pinecone',
    path: /^\/VectorService\/Query$/,
    operation: 'query',
    collection: null,
    hits: { fields: [2] },
    hosts: PINECONE.hosts,
  },
  {
    store: 'pinecone',
    path: /^\/VectorService\/Upsert$/,
    operation: 'upsert',
    collection: null,
    sent: { fields: [1] },
    hosts: PINECONE.hosts,
  },
  {
    store: 'pinecone',
    path: /^\/VectorService\/Fetch$/,
    operation: 'get',
    collection: null,
    hits: { fields: [1] },
    hosts: PINECONE.hosts,
  },
  {
    store: 'pinecone',
    path: /^\/VectorService\/Delete$/,
    operation: 'delete',
    collection: null,
    hosts: PINECONE.hosts,
  },
];
