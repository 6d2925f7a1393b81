/**
 * MCP in CycloneDX 1.6: a server is a service, each of its tools a component of type `data` that is a `definition`, and
 * a dependency says which server provides which tools. Services have no evidence there, so theirs is in properties.
 */
import type { LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import { type Evidence, evidenceOf } from './bom-evidence.ts';
import { type Property, properties } from './bom-parts.ts';
import { isUnnamed, type McpServer, type McpTool, mcpServersOf } from './mcp-servers.ts';
import { isoTime } from './time.ts';

export type Service = {
  'bom-ref': string;
  name: string;
  version?: string;
  endpoints?: string[];
  properties: Property[];
};
export type ToolComponent = {
  type: 'data';
  'bom-ref': string;
  name: string;
  hashes?: { alg: 'SHA-256'; content: string }[];
  data: { type: 'definition'; name: string }[];
  evidence: Evidence;
  properties: Property[];
};
export type Dependency = { ref: string; dependsOn?: string[]; provides?: string[] };
export type McpParts = {
  services: Service[];
  components: ToolComponent[];
  dependencies: Dependency[];
  /** Requests to a server that nothing names, which may be one of the services. */
  unnamedRequests: number | null;
};

const MAX_WORDS = 16;

/** Refs of the servers are the first of each dependency. */
export function mcpParts(workload: LedgerWorkload): McpParts {
  const { servers, orphans, unnamed } = mcpServersOf(workload);
  const tools = [
    ...servers.flatMap((server) => server.tools.map((tool) => ({ tool, server }))),
    ...orphans.map((tool) => ({ tool, server: null })),
  ];
  return {
    services: servers.map((server) => service(workload, server)),
    components: tools.map(({ tool, server }) => toolComponent(workload, tool, server)),
    dependencies: [
      ...servers.map((server) => ({
        ref: serverRef(workload, server),
        ...(server.tools.length === 0
          ? {}
          : { provides: server.tools.map((tool) => toolRef(workload, tool)) }),
      })),
      ...tools.map(({ tool }) => ({ ref: toolRef(workload, tool) })),
    ],
    unnamedRequests: unnamed && requestsOf(unnamed.observed),
  };
}

const serverRef = (workload: LedgerWorkload, { subject }: McpServer): string =>
  `${workload.id}#mcp-server:${subject}`;
const toolRef = (workload: LedgerWorkload, { subject }: McpTool): string =>
  `${workload.id}#mcp-tool:${subject}`;

function service(workload: LedgerWorkload, server: McpServer): Service {
  const { subject, words, catalogs, tools } = server;
  const version = versionOf(server);
  const endpoint = endpointOf(subject);
  return {
    'bom-ref': serverRef(workload, server),
    name: subject || 'unnamed',
    ...(version === null ? {} : { version }),
    ...(endpoint === null ? {} : { endpoints: [endpoint] }),
    properties: properties({
      workload: workload.label,
      kind: 'mcp-server',
      presence: server.presence,
      'presence:reason': server.doubt,
      ...told(words, { launchers: 'launcher', pinning: 'pinning', transports: 'transport' }),
      ...told(words, { protocols: 'protocol', stated: 'stated', catalogs: 'catalog:remarks' }),
      'catalog:sha256': catalogs.at(-1),
      'catalog:changes': catalogs.length > 1 ? catalogs.length - 1 : null,
      tools: tools.length,
      ...counted(server.observed),
    }),
  };
}

/** By what it says of itself, else as it was asked for by one exact version. */
function versionOf({ words }: McpServer): string | null {
  const named = [...(words.get('stated') ?? []), ...exactLaunchers(words)];
  const versions = new Set(named.flatMap((name) => /.@([^@]{1,128})$/.exec(name)?.[1] ?? []));
  return versions.size === 1 ? [...versions][0]! : null;
}

function exactLaunchers(words: McpServer['words']): readonly string[] {
  const pinned = (words.get('pinning') ?? []).every((one) => one === 'pinned');
  return pinned && (words.get('stated') ?? []).length === 0 ? (words.get('launchers') ?? []) : [];
}

/** Host, port and path; whether by TLS is not in a subject, so without a scheme (RFC 3986 §4.2). */
function endpointOf(subject: string): string | null {
  const [, rest] = /^http:([a-z0-9.-]+(?::\d{1,5})?(?:\/[\w.~/-]*)?)$/i.exec(subject) ?? [];
  return rest === undefined ? null : `//${rest}`;
}

function told(words: McpServer['words'], names: Record<string, string>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(names).map(([word, name]) => {
      const list = (words.get(word) ?? []).toSorted().slice(0, MAX_WORDS);
      return [name, list.length === 0 ? null : list.join(', ')];
    }),
  );
}

function requestsOf(rows: readonly Observed[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function counted(rows: readonly Observed[]): Record<string, string | number> {
  return {
    requests: requestsOf(rows),
    sessions: Math.max(...rows.map(({ sessions }) => sessions)),
    'seen:first': isoTime(Math.min(...rows.map(({ first }) => first))),
    'seen:last': isoTime(Math.max(...rows.map(({ last }) => last))),
  };
}

function orphaned(subject: string): string {
  return isUnnamed(subject) ? 'nothing names its server' : 'its server was not seen by itself';
}

function toolComponent(workload: LedgerWorkload, tool: McpTool, server: McpServer | null): ToolComponent {
  const { subject, observed, sha256, definitions } = tool;
  const name = tool.name || 'unnamed';
  const seen = { subject, declared: [], installed: null, observed, details: [] };
  return {
    type: 'data',
    'bom-ref': toolRef(workload, tool),
    name,
    ...(sha256 === null ? {} : { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
    data: [{ type: 'definition', name }],
    evidence: evidenceOf(seen, name, null),
    properties: properties({
      workload: workload.label,
      kind: 'mcp-tool',
      presence: server?.presence ?? 'undetermined',
      'presence:reason': server ? server.doubt : orphaned(subject),
      server: server?.subject,
      definition: definitions.at(-1),
      'definition:changes': definitions.length > 1 ? definitions.length - 1 : null,
      hints: tool.hints.length === 0 ? null : tool.hints.toSorted().slice(0, MAX_WORDS).join(', '),
      calls: tool.calls,
    }),
  };
}
