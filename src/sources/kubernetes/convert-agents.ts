/** Objects of kagent (v1alpha1, v1alpha2) and ToolHive: which model and which tools an agent is declared to have. */
import { z } from 'zod';
import type { AgentObject } from '../../model/posture-objects.ts';
import { withoutCredentials } from './convert-container.ts';
import { list, objectMeta, type Place, refOf, text, texts } from './schema.ts';

const tool = z.object({
  mcpServer: z
    .object({ name: text.nullish(), toolServer: text.nullish(), kind: text.nullish(), toolNames: texts })
    .nullish(),
  agent: z.object({ name: text.nullish(), ref: text.nullish() }).nullish(),
  builtin: z.object({ name: text }).nullish(),
});
const deployment = z.object({ image: text.nullish(), serviceAccountName: text.nullish() }).nullish();
const declared = { modelConfig: text.nullish(), tools: list(tool), deployment };
const agentSchema = z.object({
  metadata: objectMeta,
  // Version v1alpha1 has no `declarative`, and its fields in `spec`.
  spec: z.object({
    ...declared,
    declarative: z.object(declared).nullish(),
    byo: z.object({ deployment }).nullish(),
  }),
});

export function convertAgent(raw: unknown, place: Place): AgentObject {
  const { metadata, spec } = agentSchema.parse(raw);
  const inline = spec.declarative ?? spec;
  const runs = spec.byo?.deployment ?? inline.deployment;
  return {
    ...base(place, metadata),
    operator: 'kagent',
    role: 'agent',
    // The controller's default where an agent names none and brings no image of its own.
    modelConfig: inline.modelConfig || (spec.byo ? null : 'default-model-config'),
    // Documented examples have the tools in either place.
    tools: [...inline.tools, ...(spec.declarative ? spec.tools : [])].flatMap(toolOf),
    serviceAccount: runs?.serviceAccountName ?? null,
    image: runs?.image ?? null,
  };
}

function toolOf({ mcpServer, agent, builtin }: z.infer<typeof tool>): AgentObject['tools'] {
  const names = mcpServer?.toolNames ?? [];
  if (mcpServer?.toolServer) return [{ kind: 'ToolServer', server: mcpServer.toolServer, names }];
  if (mcpServer?.name) return [{ kind: mcpServer.kind ?? 'MCPServer', server: mcpServer.name, names }];
  const other = agent?.name ?? agent?.ref;
  if (other) return [{ kind: 'Agent', server: other, names: [] }];
  return builtin ? [{ kind: 'builtin', server: builtin.name, names: [] }] : [];
}

const modelSchema = z.object({
  metadata: objectMeta,
  spec: z.object({ provider: text.nullish(), model: text.nullish() }),
});

export function convertModelConfig(raw: unknown, place: Place): AgentObject {
  const { metadata, spec } = modelSchema.parse(raw);
  return {
    ...base(place, metadata),
    operator: 'kagent',
    role: 'model-config',
    provider: spec.provider ?? null,
    model: spec.model ?? null,
  };
}

const endpoint = z.object({ url: text.nullish() }).nullish();
const serverSchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    url: text.nullish(),
    config: z.object({ sse: endpoint, streamableHttp: endpoint }).nullish(),
    deployment: z.object({ image: text.nullish(), serviceAccountName: text.nullish() }).nullish(),
    image: text.nullish(),
    serviceAccount: text.nullish(),
    /** ToolHive: only these of its tools are shown. */
    tools: texts,
  }),
});

/** MCPServer of either operator, RemoteMCPServer, ToolServer. */
export function convertToolServer(raw: unknown, place: Place): AgentObject {
  const { metadata, spec } = serverSchema.parse(raw);
  const url = spec.url ?? spec.config?.streamableHttp?.url ?? spec.config?.sse?.url ?? null;
  const operator = place.apiVersion.startsWith('toolhive.') ? 'toolhive' : 'kagent';
  return {
    ...base(place, metadata),
    operator,
    role: 'tool-server',
    tools: spec.tools.length > 0 ? [{ kind: place.kind, server: metadata.name, names: spec.tools }] : [],
    serviceAccount: spec.serviceAccount ?? spec.deployment?.serviceAccountName ?? null,
    image: spec.image ?? spec.deployment?.image ?? null,
    url: url === null ? null : withoutCredentials(url),
  };
}

function base(place: Place, metadata: z.infer<typeof objectMeta>) {
  return {
    ref: refOf(place, metadata),
    provider: null,
    model: null,
    modelConfig: null,
    tools: [],
    serviceAccount: null,
    image: null,
    url: null,
  };
}
