/**
 * LLM APIs by host and path. The path tells the shape, the host only whose it is: gateways and in-cluster servers speak
 * the same shapes under any name and any prefix.
 */

/** What bodies look like; one reader each (`observe/meaning/llm/`). */
export type LlmShape =
  | 'openai'
  | 'openai-responses'
  | 'anthropic'
  | 'gemini'
  | 'bedrock'
  | 'bedrock-invoke'
  | 'cohere'
  | 'ollama'
  | 'plain';

export type LlmRoute = {
  /** The context of its rows. */
  api: string;
  shape: LlmShape;
  /**
   * Against the path, percent-decoded, without query. Named groups: `model`, `publisher`, `deployment` (an alias),
   * `session`.
   */
  path: RegExp;
  /** False: others use such paths too, so the body or the host must confirm it. */
  certain: boolean;
  /** Only there: elsewhere the path means nothing. */
  hosts?: RegExp;
};

/** The first that matches. */
export const LLM_ROUTES: readonly LlmRoute[] = [
  {
    api: 'chat.completions',
    shape: 'openai',
    path: /(?:^|\/)(?:deployments\/(?<deployment>[^/]+)\/)?chat\/completions$/,
    certain: true,
  },
  {
    api: 'completions',
    shape: 'openai',
    path: /(?:^|\/)(?:deployments\/(?<deployment>[^/]+)\/)completions$/,
    certain: true,
  },
  {
    api: 'embeddings',
    shape: 'openai',
    path: /(?:^|\/)deployments\/(?<deployment>[^/]+)\/embeddings$/,
    certain: true,
  },
  { api: 'agents.completions', shape: 'openai', path: /\/v1\/agents\/completions$/, certain: false },
  { api: 'fim.completions', shape: 'openai', path: /\/v1\/fim\/completions$/, certain: false },
  { api: 'completions', shape: 'openai', path: /\/v\d+\/completions$/, certain: false },
  { api: 'embeddings', shape: 'openai', path: /\/(?:v\d+|openai|inference)\/embeddings$/, certain: false },
  { api: 'embeddings', shape: 'openai', path: /^\/embeddings$/, certain: false },
  { api: 'moderations', shape: 'openai', path: /\/v\d+\/moderations$/, certain: false },
  { api: 'images.generations', shape: 'openai', path: /\/images\/generations$/, certain: false },
  { api: 'audio.speech', shape: 'openai', path: /\/v\d+\/audio\/speech$/, certain: false },
  { api: 'rerank', shape: 'plain', path: /\/v\d+\/rerank$/, certain: false },
  {
    api: 'conversations',
    shape: 'openai-responses',
    path: /\/v1\/conversations(?:\/(?<session>[^/]+))?$/,
    certain: false,
  },
  {
    api: 'threads.runs',
    shape: 'openai-responses',
    path: /\/threads\/(?<session>[^/]+)\/runs$/,
    certain: false,
  },
  {
    api: 'responses',
    shape: 'openai-responses',
    path: /(?:^|\/)(?:v\d+|openai|deployments\/(?<deployment>[^/]+))\/responses$/,
    certain: false,
  },
  { api: 'responses', shape: 'openai-responses', path: /^\/responses$/, certain: false },
  { api: 'messages', shape: 'anthropic', path: /\/v1\/messages$/, certain: false },
  { api: 'complete', shape: 'anthropic', path: /\/v1\/complete$/, certain: false },
  {
    api: 'converse',
    shape: 'bedrock',
    path: /^\/model\/(?<model>.+)\/converse(?:-stream)?$/,
    certain: true,
  },
  {
    api: 'invoke',
    shape: 'bedrock-invoke',
    path: /^\/model\/(?<model>.+)\/invoke(?:-with-response-stream|-with-bidirectional-stream)?$/,
    certain: true,
  },
  {
    api: 'invoke-agent',
    shape: 'bedrock',
    path: /^\/agents\/(?<model>[^/]+)\/agentAliases\/(?<deployment>[^/]+)\/sessions\/(?<session>[^/]+)\/text$/,
    certain: true,
  },
  {
    api: 'anthropic.rawPredict',
    shape: 'anthropic',
    path: /\/publishers\/(?<publisher>anthropic)\/models\/(?<model>[^/]+):(?:streamRawPredict|rawPredict)$/,
    certain: true,
  },
  {
    api: 'rawPredict',
    shape: 'openai',
    path: /\/publishers\/(?<publisher>[^/]+)\/models\/(?<model>[^/]+):(?:streamRawPredict|rawPredict)$/,
    certain: true,
  },
  {
    api: 'generateContent',
    shape: 'gemini',
    path: /\/(?:publishers\/(?<publisher>[^/]+)\/)?(?:models|tunedModels)\/(?<model>[^/]+):(?:streamGenerateContent|generateContent)$/,
    certain: true,
  },
  {
    api: 'generateContent',
    shape: 'gemini',
    path: /\/endpoints\/(?<deployment>[^/]+):(?:streamGenerateContent|generateContent)$/,
    certain: true,
  },
  {
    api: 'embedContent',
    shape: 'gemini',
    path: /\/models\/(?<model>[^/]+):(?:embedContent|batchEmbedContents|embedText)$/,
    certain: true,
  },
  {
    api: 'predict',
    shape: 'plain',
    path: /\/publishers\/(?<publisher>[^/]+)\/models\/(?<model>[^/]+):(?:predict|serverStreamingPredict|predictLongRunning)$/,
    certain: true,
  },
  {
    api: 'predict',
    shape: 'plain',
    path: /\/endpoints\/(?<deployment>[^/]+):(?:predict|rawPredict|streamRawPredict)$/,
    certain: true,
  },
  {
    api: 'predict',
    shape: 'plain',
    path: /^\/v1\/models\/(?<model>[^/:]+):(?:predict|explain)$/,
    certain: true,
  },
  {
    api: 'infer',
    shape: 'plain',
    path: /^\/v2\/models\/(?<model>[^/]+)(?:\/versions\/[^/]+)?\/(?:infer|generate|generate_stream)$/,
    certain: true,
  },
  { api: 'cohere.chat', shape: 'cohere', path: /\/v[12]\/chat$/, certain: false },
  { api: 'cohere.embed', shape: 'cohere', path: /\/v[12]\/embed$/, certain: false },
  { api: 'ollama.chat', shape: 'ollama', path: /\/api\/chat$/, certain: false },
  { api: 'ollama.generate', shape: 'ollama', path: /\/api\/generate$/, certain: false },
  { api: 'ollama.embed', shape: 'ollama', path: /\/api\/(?:embed|embeddings)$/, certain: false },
  {
    api: 'hf.inference',
    shape: 'plain',
    path: /^\/(?:hf-inference\/)?models\/(?<model>[^/]+\/[^/]+|[^/]+)(?:\/pipeline\/[\w-]+)?$/,
    certain: false,
  },
  { api: 'tgi.generate', shape: 'plain', path: /^\/(?:generate|generate_stream)$/, certain: false },
  {
    api: 'hf.inference',
    shape: 'plain',
    path: /^\/$/,
    certain: true,
    hosts: /\.endpoints\.huggingface\.cloud$/,
  },
  {
    api: 'sagemaker.invocations',
    shape: 'plain',
    path: /^\/endpoints\/(?<deployment>[^/]+)\/invocations(?:-response-stream)?$/,
    certain: true,
    hosts: /^runtime\.sagemaker(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
  },
  { api: 'tei.embed', shape: 'plain', path: /^\/(?:embed|embed_all|embed_sparse)$/, certain: false },
  { api: 'llama.cpp.completion', shape: 'plain', path: /^\/completions?$/, certain: false },
];

export type LlmProvider = {
  name: string;
  /** Against the host in lower case, without port. */
  hosts: RegExp;
  /** Model names are the tenant's own (deployments, endpoints): then the host stays in the subject. */
  tenant?: true;
};

export const LLM_PROVIDERS: readonly LlmProvider[] = [
  { name: 'openai', hosts: /^(?:[a-z]{2,}\.)?api\.openai\.com$/ },
  {
    name: 'azure-openai',
    hosts:
      /^[a-z0-9-]+\.(?:openai\.azure\.(?:com|us|cn)|services\.ai\.azure\.com|cognitiveservices\.azure\.(?:com|us|cn))$/,
    tenant: true,
  },
  {
    name: 'azure-ai',
    hosts: /\.(?:models|inference)\.ai\.azure\.com$|\.inference\.ml\.azure\.com$/,
    tenant: true,
  },
  { name: 'anthropic', hosts: /^api\.anthropic\.com$/ },
  {
    name: 'bedrock',
    hosts:
      /(?:^|\.)bedrock-(?:runtime|mantle|agent-runtime)(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
  },
  { name: 'gemini', hosts: /^generativelanguage\.googleapis\.com$/ },
  {
    name: 'vertex',
    hosts: /^(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com$|^aiplatform\.[a-z]+\.rep\.googleapis\.com$/,
  },
  { name: 'mistral', hosts: /^(?:api|codestral)\.mistral\.ai$/ },
  { name: 'cohere', hosts: /^api\.cohere\.(?:com|ai)$/ },
  { name: 'groq', hosts: /^api\.groq\.com$/ },
  { name: 'together', hosts: /^api\.together\.(?:xyz|ai)$/ },
  { name: 'openrouter', hosts: /^openrouter\.ai$/ },
  { name: 'fireworks', hosts: /^api\.fireworks\.ai$/ },
  { name: 'deepseek', hosts: /^api\.deepseek\.com$/ },
  { name: 'xai', hosts: /^(?:[a-z0-9-]+\.)?api\.x\.ai$/ },
  { name: 'perplexity', hosts: /^api\.perplexity\.ai$/ },
  { name: 'cerebras', hosts: /^api\.cerebras\.ai$/ },
  { name: 'nvidia', hosts: /^integrate\.api\.nvidia\.com$/ },
  { name: 'deepinfra', hosts: /^api\.deepinfra\.com$/ },
  { name: 'github-models', hosts: /^models\.(?:github\.ai|inference\.ai\.azure\.com)$/ },
  { name: 'voyage', hosts: /^api\.voyageai\.com$/ },
  { name: 'jina', hosts: /^api\.jina\.ai$/ },
  { name: 'ai21', hosts: /^api\.ai21\.com$/ },
  { name: 'sambanova', hosts: /^api\.sambanova\.ai$/ },
  { name: 'moonshot', hosts: /^api\.moonshot\.(?:ai|cn)$/ },
  { name: 'dashscope', hosts: /^dashscope(?:-intl|-us)?\.aliyuncs\.com$/ },
  { name: 'zhipu', hosts: /^(?:open\.bigmodel\.cn|api\.z\.ai)$/ },
  { name: 'huggingface', hosts: /^(?:router|api-inference)\.huggingface\.co$/ },
  { name: 'huggingface-endpoints', hosts: /\.endpoints\.huggingface\.cloud$/, tenant: true },
  {
    name: 'databricks',
    hosts: /\.(?:cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)$/,
    tenant: true,
  },
  { name: 'watsonx', hosts: /^[a-z-]+\.ml\.cloud\.ibm\.com$/ },
];

/**
 * Whose answer it is, where the host does not say (a proxy, an address): a name of a response header, or its start.
 * Only trusted for hosts that are no name of somebody else.
 */
export const LLM_RESPONSE_HEADERS: readonly { prefix: string; provider: string }[] = [
  { prefix: 'openai-', provider: 'openai' },
  { prefix: 'anthropic-', provider: 'anthropic' },
  { prefix: 'x-amzn-bedrock-', provider: 'bedrock' },
  { prefix: 'x-gemini-', provider: 'gemini' },
  { prefix: 'x-litellm-', provider: 'litellm' },
];

/** Headers by which clients name the run that a call belongs to; lower case. */
export const CONVERSATION_HEADERS: readonly string[] = [
  'x-conversation-id',
  'x-session-id',
  'x-litellm-session-id',
  'x-claude-code-session-id',
  'helicone-session-id',
  'x-amzn-bedrock-agentcore-runtime-session-id',
];

/** Fields of a body, or of its `metadata`, that do the same. */
export const CONVERSATION_FIELDS: readonly string[] = [
  'conversation_id',
  'conversationId',
  'session_id',
  'sessionId',
  'thread_id',
  'threadId',
  'chat_id',
];

/** Tools that the provider runs itself, by the item of the Responses API that tells of a use (`<tool>_call`). */
export const RESPONSES_TOOL_CALLS: ReadonlyMap<string, string> = new Map([
  ['web_search_call', 'web_search'],
  ['file_search_call', 'file_search'],
  ['code_interpreter_call', 'code_interpreter'],
  ['image_generation_call', 'image_generation'],
  ['computer_call', 'computer_use'],
  ['local_shell_call', 'local_shell'],
  ['shell_call', 'shell'],
  ['apply_patch_call', 'apply_patch'],
]);
