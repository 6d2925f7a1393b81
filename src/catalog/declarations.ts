/**
 * Where a Kubernetes manifest declares what an agent loads. Environment values are read for these names only: any
 * other may hold a secret, and never leaves the reader.
 */

/** Comma-separated `name[@version]` or package URLs, on the workload or its pod template. Empty: declares none. */
export const ARTIFACT_ANNOTATIONS = {
  'ai-spm.dev/models': 'model',
  'ai-spm.dev/adapters': 'adapter',
  'ai-spm.dev/frameworks': 'framework',
  'ai-spm.dev/libraries': 'library',
} as const;

/** Names the BOMs of the workload, comma-separated: file name, serial number, or name of the BOM's subject. */
export const BOM_ANNOTATION = 'ai-spm.dev/bom';
/** Property of a BOM's metadata that names its workload: `namespace/Kind/name`. */
export const BOM_WORKLOAD_PROPERTY = 'ai-spm.dev/workload';

/** Whole-name matches. Sources: text-generation-inference, NIM, llama.cpp, KServe and the SDKs' documentation. */
export const MODEL_ENV = [
  'MODEL',
  'MODEL_ID',
  'MODEL_NAME',
  'MODEL_PATH',
  'MODEL_DIR',
  'MODEL_URI',
  'MODEL_REPO',
  'HF_MODEL_ID',
  'HF_MODEL_NAME',
  'HF_REPO_ID',
  'LLM_MODEL',
  'LLM_MODEL_NAME',
  'CHAT_MODEL',
  'EMBEDDING_MODEL',
  'EMBEDDING_MODEL_NAME',
  'RERANKER_MODEL',
  'OPENAI_MODEL',
  'OPENAI_MODEL_NAME',
  'ANTHROPIC_MODEL',
  'GEMINI_MODEL',
  'BEDROCK_MODEL_ID',
  'AZURE_OPENAI_DEPLOYMENT',
  'AZURE_OPENAI_DEPLOYMENT_NAME',
  'OLLAMA_MODEL',
  'VLLM_MODEL',
  'NIM_MODEL_NAME',
  'LLAMA_ARG_MODEL',
  'LLAMA_ARG_HF_REPO',
  'STORAGE_URI',
] as const;
export const ADAPTER_ENV = ['LORA_ADAPTERS', 'LORA_MODULES', 'ADAPTER_ID', 'PEFT_MODEL_ID'] as const;

/** Names by which SDKs of clouds and clients of databases find an identity. Their values are ARNs, ids, names of users and files, never keys. */
export const IDENTITY_ENV = [
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_EC2_METADATA_DISABLED',
  'AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
  'AZURE_FEDERATED_TOKEN_FILE',
  'PGUSER',
  'POSTGRES_USER',
  'MYSQL_USER',
  'DB_USER',
] as const;

/** Users of databases as which a workload connects, comma-separated: `postgresql:agent, mysql:reader`. */
export const DATABASE_USERS_ANNOTATION = 'ai-spm.dev/database-users';
/** Of these names the value is a user; null: of a database that the name does not tell. */
export const DATABASE_USER_ENV = {
  PGUSER: 'postgresql',
  POSTGRES_USER: 'postgresql',
  MYSQL_USER: 'mysql',
  DB_USER: null,
} as const;

/** Longest environment value taken for a model name: a model reference is short, a blob is not one. */
export const MODEL_ENV_MAX = 1024;

/** Flags whose value names what is loaded: vLLM, SGLang, TGI, TEI, llama.cpp, Triton, KServe, TensorFlow Serving. */
export const MODEL_ARGUMENTS = {
  '--model': 'model',
  '--model-id': 'model',
  '--model_id': 'model',
  '--model-name': 'model',
  '--model_name': 'model',
  '--model-path': 'model',
  '--model_path': 'model',
  '--model-dir': 'model',
  '--model_dir': 'model',
  '--model-repository': 'model',
  '--model_base_path': 'model',
  '--model-uri': 'model',
  '--hf-repo': 'model',
  '--embedding-model': 'model',
  '--lora': 'adapter',
  '--lora-modules': 'adapter',
  '--lora-paths': 'adapter',
  '--lora-adapters': 'adapter',
} as const;

/** Programs whose next plain argument is the model: `vllm serve MODEL`, `trtllm-serve MODEL`. */
export const MODEL_COMMANDS: readonly (readonly string[])[] = [['vllm', 'serve'], ['trtllm-serve']];
