/** Inference without tools or roles: TGI, TEI, llama.cpp, KServe, Vertex predict, rerankers, Hugging Face pipelines. */
import { field, type JsonObject, name } from '../json-fields.ts';
import { answeredBy, type Call, type Shape, used } from './call.ts';

const INPUTS = ['inputs', 'instances', 'prompt', 'documents', 'texts', 'text_input'];

function request(call: Call, body: JsonObject): boolean {
  call.requested ??= name(field(body, 'model'));
  if (field(body, 'stream') === true) call.streamed = true;
  return INPUTS.some((key) => field(body, key) !== undefined);
}

function answer(call: Call, value: JsonObject): void {
  answeredBy(call, field(value, 'model') ?? field(value, 'model_name'));
  used(
    call,
    field(value, 'tokens_evaluated'),
    field(value, 'tokens_predicted'),
    field(value, 'tokens_cached'),
  );
  used(call, 0, field(value, 'details', 'generated_tokens'), 0);
  const metadata = field(value, 'usage') ?? field(value, 'metadata', 'tokenMetadata');
  used(call, field(metadata, 'prompt_tokens'), field(metadata, 'completion_tokens'), 0);
}

export const plain: Shape = { request, answer };
