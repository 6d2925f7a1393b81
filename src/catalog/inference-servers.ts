/** Inference servers by the basename of argv[0] (or of the script) or by `-m module`: whole names, never substrings. */
export type InferenceServer = {
  name: string;
  /** Basenames of executable or script. */
  commands?: readonly string[];
  /** Python modules after -m; a trailing `.*` stands for any submodule. */
  modules?: readonly string[];
  /** Where the command is more than a server: what argv[1] must be. */
  verb?: string;
  /** Its Python distribution, where it is one. */
  pypi?: string;
};

export const INFERENCE_SERVERS: readonly InferenceServer[] = [
  { name: 'vllm', commands: ['vllm'], verb: 'serve', modules: ['vllm.entrypoints.*'], pypi: 'vllm' },
  { name: 'sglang', commands: ['sglang'], verb: 'serve', modules: ['sglang.launch_server'], pypi: 'sglang' },
  {
    name: 'text-generation-inference',
    commands: ['text-generation-launcher', 'text-generation-router', 'text-generation-server'],
  },
  { name: 'text-embeddings-inference', commands: ['text-embeddings-router'] },
  { name: 'triton', commands: ['tritonserver'] },
  { name: 'tensorrt-llm', commands: ['trtllm-serve'], pypi: 'tensorrt-llm' },
  { name: 'llama.cpp', commands: ['llama-server'], modules: ['llama_cpp.server'] },
  { name: 'ollama', commands: ['ollama', 'ollama_llama_server'] },
  { name: 'ray-serve', commands: ['raylet', 'gcs_server'], pypi: 'ray' },
  { name: 'kserve', modules: ['huggingfaceserver', 'sklearnserver', 'xgbserver', 'lgbserver', 'pmmlserver'] },
  { name: 'tensorflow-serving', commands: ['tensorflow_model_server'] },
  { name: 'torchserve', commands: ['torchserve'], modules: ['org.pytorch.serve.ModelServer'] },
  { name: 'openvino-model-server', commands: ['ovms'] },
  { name: 'lmdeploy', commands: ['lmdeploy'], verb: 'serve', pypi: 'lmdeploy' },
  { name: 'mlc-llm', commands: ['mlc_llm'], verb: 'serve' },
  { name: 'localai', commands: ['local-ai'] },
  { name: 'koboldcpp', commands: ['koboldcpp'] },
  { name: 'xinference', commands: ['xinference-local', 'xinference-worker'], pypi: 'xinference' },
  { name: 'infinity', commands: ['infinity_emb'], verb: 'v2', pypi: 'infinity-emb' },
  { name: 'bentoml', commands: ['bentoml'], verb: 'serve', pypi: 'bentoml' },
  { name: 'litellm', commands: ['litellm'], modules: ['litellm'], pypi: 'litellm' },
  { name: 'dynamo', modules: ['dynamo.vllm', 'dynamo.sglang', 'dynamo.trtllm'] },
  { name: 'mlserver', commands: ['mlserver'], verb: 'start', pypi: 'mlserver' },
];
