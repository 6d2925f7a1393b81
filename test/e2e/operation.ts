/** What the agent says that it said: models asked, tools called, APIs and names reached, and what led to what. */
import type { Kind } from '../../src/model/kinds.ts';
import type { Account } from './accounts.ts';
import { countOf } from './compare.ts';
import {
  apiCalls,
  bigrams,
  catalogs,
  chatDetails,
  chats,
  flows,
  listings,
  MODEL,
  mcpRequests,
  requests,
  SERVER,
  toolCalls,
} from './operation-said.ts';
import { type SnapshotRow, type SnapshotRows, tally } from './rows.ts';
import { ofKind, questions } from './truths.ts';

/** `kind`: the rows that it accounts for. */
export type OperationAccount = Account & { kind: Kind };

const subjects = (kind: Kind) => (row: SnapshotRow) => (row.kind === kind ? row.subject : null);
const counts = (kind: Kind) => (rows: readonly SnapshotRow[]) => tally(rows, subjects(kind));
const failures = (kind: Kind) => (rows: readonly SnapshotRow[]) => tally(rows, subjects(kind), 'errors');
const sequences = (wanted: RegExp) => (rows: readonly SnapshotRow[]) =>
  tally(rows, ({ kind, subject }) =>
    kind === 'tool-sequence' && wanted.test(subject) ? subject.replace(/^prompt:[0-9a-f]{32} /, '') : null,
  );

function catalogEpochs({ epochs }: SnapshotRows): Set<string> {
  const own = epochs.filter(({ thing, subject }) => thing === 'mcp-catalog' && subject === SERVER);
  return new Set(own.map(({ members }) => members.map((member) => member.split('\t')[0]).join(',')));
}

const detailOf = ({ details }: SnapshotRows, wanted: Kind, name: string) =>
  details.find(({ kind, subject }) => kind === wanted && subject === name);

/** What a subject has besides a count: its sums, and its words once each. */
function detailed(snapshot: SnapshotRows, kind: Kind, subject: string, wanted: readonly string[]) {
  const { sums = {}, words = {} } = detailOf(snapshot, kind, subject) ?? {};
  const said = wanted.flatMap((name) => (words[name] ?? []).map((word) => `${name} ${word}`));
  return new Map([
    ...said.map((word) => [word, 1] as const),
    ...wanted.flatMap((name) => (name in sums ? [[name, sums[name]!] as const] : [])),
  ]);
}

const CHAT = ['requested', 'answered', 'tools', 'streamed', 'inputTokens', 'outputTokens', 'toolsAsked'];
/** Readings that were cut or failed. */
const FLAWS = ['truncated', 'malformed', 'gap', 'cut', 'unanswered', 'unmatched', 'unreadable', 'gaps'];

const failed = <T extends { status: number | 'failed' }>(calls: readonly T[]) =>
  calls.filter(({ status }) => status !== 'failed' && status >= 400);
const named = (all: readonly { subject: string }[]) => countOf(all.map(({ subject }) => subject));

/** No suffix makes a name of the sample cluster a longer one. */
const refused = (name: string, host: string): boolean => name !== host;

/** Of the agent in fixtures/estate; its token names it. */
const ACCOUNT = 'system:serviceaccount:research:report-agent';

export const OPERATION: readonly OperationAccount[] = [
  {
    kind: 'llm-call',
    what: 'models asked',
    said: (truth) => named(chats(truth)),
    seen: counts('llm-call'),
  },
  {
    kind: 'llm-call',
    what: 'what was asked of models',
    said: chatDetails,
    seen: (_, snapshot) => detailed(snapshot, 'llm-call', MODEL, CHAT),
  },
  {
    kind: 'model',
    what: 'models that answered',
    said: (truth) => countOf(new Set(chats(truth).map(({ subject }) => `remote:${subject}`))),
    seen: (rows) =>
      countOf(
        rows.flatMap(({ kind, subject }) =>
          kind === 'model' && subject.startsWith('remote:') ? [subject] : [],
        ),
      ),
  },
  {
    kind: 'prompt-template',
    what: 'prompts by template',
    said: (truth) => new Map([['of the agent', chats(truth).length]]),
    seen: (rows) => tally(rows, ({ kind }) => (kind === 'prompt-template' ? 'of the agent' : null)),
  },
  {
    kind: 'mcp-server',
    what: 'requests to MCP servers',
    said: (truth) => countOf(mcpRequests(truth)),
    seen: counts('mcp-server'),
  },
  {
    kind: 'mcp-tool',
    what: 'tools offered',
    said: (truth) => countOf(listings(truth).flatMap(({ tools }) => tools.map((one) => `${SERVER}/${one}`))),
    seen: counts('mcp-tool'),
  },
  {
    kind: 'mcp-tool',
    what: 'MCP catalogs',
    said: (truth) => countOf(catalogs(truth)),
    seen: (_, snapshot) => countOf(catalogEpochs(snapshot)),
  },
  {
    kind: 'tool-call',
    what: 'tools called',
    said: (truth) => named(toolCalls(truth)),
    seen: counts('tool-call'),
  },
  {
    kind: 'tool-call',
    what: 'tools that failed',
    said: (truth) => named(toolCalls(truth).filter(({ outcome }) => outcome === 'error')),
    seen: failures('tool-call'),
  },
  {
    kind: 'tool-sequence',
    what: 'tools one after the other',
    said: (truth) => countOf(bigrams(truth)),
    seen: sequences(/^node:/),
  },
  {
    kind: 'tool-sequence',
    what: 'tools that models asked for',
    said: (truth) => countOf(toolCalls(truth).map(({ tool }) => `→ asks:${tool}`)),
    seen: sequences(/^prompt:.* → asks:/),
  },
  {
    kind: 'tool-sequence',
    what: 'tools called as the prompt led to',
    said: (truth) => countOf(toolCalls(truth).map(({ subject }) => `→ ${subject}`)),
    seen: sequences(/^prompt:.* → node:/),
  },
  {
    kind: 'http-endpoint',
    what: 'HTTP requests',
    said: (truth) => named(requests(truth)),
    seen: counts('http-endpoint'),
  },
  {
    kind: 'http-endpoint',
    what: 'HTTP requests that failed',
    said: (truth) => named(failed(requests(truth))),
    seen: failures('http-endpoint'),
  },
  {
    kind: 'kubernetes-action',
    what: 'Kubernetes API calls',
    said: (truth) => countOf(apiCalls(truth).map(({ subject, context }) => `${subject} in ${context}`)),
    seen: (rows) =>
      tally(rows, (row) => (row.kind === 'kubernetes-action' ? `${row.subject} in ${row.context}` : null)),
  },
  {
    kind: 'kubernetes-action',
    what: 'Kubernetes API calls refused',
    said: (truth) => named(failed(apiCalls(truth))),
    seen: (rows) => tally(rows, subjects('kubernetes-action'), 'denied'),
  },
  {
    kind: 'credential-source',
    what: 'tokens shown to the Kubernetes API',
    said: (truth) => countOf(apiCalls(truth).map(() => `kubernetes-service-account-token ${ACCOUNT}`)),
    seen: counts('credential-source'),
  },
  {
    kind: 'name-lookup',
    what: 'names asked for',
    said: (truth) => countOf(ofKind(truth, 'lookup').flatMap(({ host }) => questions(host))),
    seen: counts('name-lookup'),
  },
  {
    kind: 'name-lookup',
    what: 'names that do not exist',
    said: (truth) =>
      countOf(
        ofKind(truth, 'lookup').flatMap(({ host }) => questions(host).filter((name) => refused(name, host))),
      ),
    seen: failures('name-lookup'),
  },
  {
    kind: 'flow',
    what: 'tools to the APIs that they used',
    said: (truth) => countOf(flows(truth)),
    seen: counts('flow'),
  },
  {
    kind: 'flow',
    what: 'readings with flaws',
    said: () => new Map(),
    seen: (_, { details }) =>
      countOf(
        details.flatMap(({ kind, subject, sums }) =>
          FLAWS.filter((flaw) => (sums[flaw] ?? 0) > 0).map((flaw) => `${kind} ${subject}: ${flaw}`),
        ),
      ),
  },
];
