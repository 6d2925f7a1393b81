/** MCP servers of one workload and what they have on offer: rows, words and catalogs put together by server. */
import { artifactMatches, normalizeName } from '../match/artifact.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import { type Presence, presenceOf } from './artifacts.ts';

export type McpTool = {
  /** `npx:@x/y/search` */
  subject: string;
  name: string;
  /** SHA-256 of its latest definition (the fields that describe it, RFC 8785); null: its catalog was not seen whole. */
  sha256: string | null;
  /** Its first 12 digits, of every definition, the latest last. */
  definitions: readonly string[];
  observed: readonly Observed[];
  calls: number;
  hints: readonly string[];
};

export type McpServer = {
  subject: string;
  presence: Presence;
  doubt: string | null;
  observed: readonly Observed[];
  words: ReadonlyMap<string, readonly string[]>;
  /** Hashes of whole catalogs, one each principal and change, in the order of their beginning. */
  catalogs: readonly string[];
  tools: readonly McpTool[];
};

type Entry = LedgerEntry & { observed: Observed };

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of a server that was met in the middle of its talk, or has not answered. */
const UNNAMED = /^(?:stdio|sse|http):\?(?:\/|$)/;

export function isUnnamed(subject: string): boolean {
  return UNNAMED.test(subject);
}

export type McpServers = {
  /** Sorted by subject. */
  servers: McpServer[];
  /** Beside others: it may well be one of these, so it is not counted as one more. Alone, it is among the servers. */
  unnamed: McpServer | null;
  /** Tools whose server is not among them. */
  orphans: McpTool[];
};

export function mcpServersOf(workload: LedgerWorkload): McpServers {
  const seen = workload.entries.filter((entry): entry is Entry => entry.observed !== null);
  const all = Map.groupBy(
    seen.filter(({ kind }) => kind === 'mcp-server'),
    ({ subject }) => subject,
  );
  const named = new Map([...all].filter(([subject]) => !isUnnamed(subject)));
  const servers = named.size > 0 ? named : all;
  const [nameless] = [...all].filter(([subject]) => !servers.has(subject));
  const tools = Map.groupBy(toolsOf(workload, seen, servers), ({ subject }) => serverOf(subject, servers));
  return {
    servers: [...servers]
      .map(([subject, entries]) => serverFrom(workload, subject, entries, tools.get(subject) ?? []))
      .sort((a, b) => byText(a.subject, b.subject)),
    unnamed: nameless ? serverFrom(workload, nameless[0], nameless[1], []) : null,
    orphans: tools.get(null) ?? [],
  };
}

/** The longest server that it is of: names of both may hold slashes. */
function serverOf(tool: string, servers: ReadonlyMap<string, unknown>): string | null {
  for (let end = tool.lastIndexOf('/'); end > 0; end = tool.lastIndexOf('/', end - 1))
    if (servers.has(tool.slice(0, end))) return tool.slice(0, end);
  return null;
}

function serverFrom(
  workload: LedgerWorkload,
  subject: string,
  entries: readonly Entry[],
  tools: readonly McpTool[],
): McpServer {
  const declared = isDeclared(workload, subject);
  const details = (workload.observed?.details ?? []).find(
    (one) => one.kind === 'mcp-server' && one.subject === subject,
  );
  const [why] = entries.flatMap(({ decidedBy }) => decidedBy ?? []).sort(byText);
  return {
    subject,
    presence: presenceOf({ declared: declared || null, observed: true }),
    doubt: declared ? null : (why ?? 'nothing declares MCP servers'),
    observed: entries.map(({ observed }) => observed),
    words: new Map(Object.entries(details?.words ?? {})),
    catalogs: catalogsOf(workload, subject),
    tools,
  };
}

/** The package that it is started as may be declared like any other. */
function isDeclared({ configured, capabilities }: LedgerWorkload, server: string): boolean {
  const [, kind, name] = /^(npx|uvx|docker):([^>#]+)$/.exec(server) ?? [];
  if (!configured || kind === undefined || name === undefined) return false;
  const type = { npx: 'npm', uvx: 'pypi', docker: 'oci' }[kind]!;
  const purl = kind === 'docker' ? null : `pkg:${type}/${name.replace(/^@/, '%40')}`;
  const subject = { name: normalizeName(name), version: null, purl, path: null };
  return capabilities.some(
    ({ effect, allow }) =>
      effect !== 'deny' &&
      allow.some((pattern) => pattern.type === 'artifact' && artifactMatches(pattern, subject)),
  );
}

const SHA256 = /^[0-9a-f]{64}$/;

function catalogEpochs({ observed }: LedgerWorkload) {
  return (observed?.epochs ?? []).filter(({ thing }) => thing === 'mcp-catalog');
}

function catalogsOf(workload: LedgerWorkload, server: string): string[] {
  const own = catalogEpochs(workload).filter(
    ({ subject }) => subject === server || subject.startsWith(`${server} as `),
  );
  const ordered = own.toSorted((a, b) => a.start - b.start || byText(a.hash, b.hash));
  return [...new Set(ordered.map(({ hash }) => hash))];
}

/** By name and the 12 digits that rows have of it: the whole hash. See observe/meaning/mcp/catalogs.ts. */
function memberHashes(workload: LedgerWorkload): ReadonlyMap<string, string> {
  const members = catalogEpochs(workload).flatMap(({ members: lines }) =>
    lines.map((line) => line.split('\t')),
  );
  return new Map(
    members.flatMap(([name = '', tool = '']) =>
      SHA256.test(tool) ? [[`${name}\0${tool.slice(0, 12)}`, tool] as const] : [],
    ),
  );
}

type Tooling = {
  servers: ReadonlyMap<string, unknown>;
  members: ReadonlyMap<string, string>;
  calls: ReadonlyMap<string, number>;
  hints: ReadonlyMap<string, readonly string[]>;
};

function toolsOf(workload: LedgerWorkload, seen: readonly Entry[], servers: Tooling['servers']): McpTool[] {
  const facts = { servers, members: memberHashes(workload), calls: callsOf(seen), hints: hintsOf(workload) };
  const rows = seen.filter(({ kind }) => kind === 'mcp-tool').map(({ observed }) => observed);
  return [...Map.groupBy(rows, ({ subject }) => subject)]
    .map(([subject, own]) => toolFrom(subject, own, facts))
    .sort((a, b) => byText(a.subject, b.subject));
}

function callsOf(seen: readonly Entry[]): Map<string, number> {
  const calls = new Map<string, number>();
  for (const { kind, subject, observed } of seen)
    if (kind === 'tool-call') calls.set(subject, (calls.get(subject) ?? 0) + observed.count);
  return calls;
}

function hintsOf({ observed }: LedgerWorkload): Map<string, readonly string[]> {
  const tools = (observed?.details ?? []).filter(({ kind }) => kind === 'mcp-tool');
  return new Map(tools.map(({ subject, words }) => [subject, words.hints ?? []]));
}

function toolFrom(subject: string, rows: readonly Observed[], facts: Tooling): McpTool {
  const server = serverOf(subject, facts.servers);
  const name = server === null ? subject : subject.slice(server.length + 1);
  const observed = rows.toSorted((a, b) => a.last - b.last || byText(a.context ?? '', b.context ?? ''));
  const definitions = [...new Set(observed.flatMap(({ context }) => context ?? []))];
  return {
    subject,
    name,
    sha256: facts.members.get(`${name}\0${definitions.at(-1)}`) ?? null,
    definitions,
    observed,
    calls: facts.calls.get(subject) ?? 0,
    hints: facts.hints.get(subject) ?? [],
  };
}
