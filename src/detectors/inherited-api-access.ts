import { edgeToCut } from '../match/edge.ts';
import type { Capability } from '../model/configured.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import { apiServerSubjects } from '../reconcile/ledger/identity.ts';
import { isApiToken } from './credentials.ts';
import { type DetectorResult, type Draft, defineDetector } from './define-detector.ts';
import { contacts, destinationName, peerOf } from './egress.ts';
import { presence, presenceConfidence } from './evidence.ts';
import { isDangerous, permissions } from './permissions.ts';
import { counted, listed } from './words.ts';

/** Ports on which API servers listen: behind the Service `kubernetes`, and directly. */
const API_PORT = /:(443|6443)$/;

/** The identity in use (token read, API server contacted), and permissions that reach it by a foreign way. */
export const inheritedApiAccess = defineDetector({
  kind: 'inherited-api-access',
  gap: 2,
  discipline: 'identity',
  needs: {
    signals: ['file', 'network'],
    resources: ['workloads', 'serviceaccounts', 'rbac'],
    kinds: ['egress'],
    absence: false,
    processStart: true,
    baseline: false,
  },
  detect(view, { ledger }): DetectorResult<2> {
    const inherited = permissions(view).filter((one) => one.origin === 'inherited' && one.effect === 'allow');
    // Every permission is the agent's own: whatever it did with them, none is hidden.
    if (inherited.length === 0) return { drafts: [], settled: true };
    const reads = tokenReads(view);
    const servers = apiServerSubjects(ledger.observed?.workloads ?? []);
    const calls = contacts(view).filter((entry) => servers.has(entry.subject));
    if (reads.length > 0 && calls.length > 0) {
      const edges = Map.groupBy(inherited, edgeKey);
      return { drafts: [...edges.values()].map((edge) => draft(view, edge, reads, calls)), settled: true };
    }
    const told = Map.groupBy(requestsOwedTo(view, inherited), ({ capabilities }) =>
      edgeKey(capabilities[0]!),
    );
    return {
      drafts: [...told.values()].map((entries) => draftOfRequests(view, inherited, entries)),
      doubts: reads.length > 0 ? maybeCalls(view) : [],
    };
  },
});

function tokenReads(view: LedgerWorkload): LedgerEntry[] {
  return view.entries.filter(
    (entry) => entry.observed && entry.capabilities.some((one) => isApiToken(view, one)),
  );
}

/** Requests that were answered, heard or told by the audit log, and that no permission of its own covers. */
function requestsOwedTo(view: LedgerWorkload, inherited: readonly Capability[]): LedgerEntry[] {
  return view.entries.filter(
    ({ kind, subject, observed, capabilities }) =>
      kind === 'kubernetes-action' &&
      observed !== null &&
      observed.count > observed.errors &&
      capabilities.length > 0 &&
      // Of each permission there is an entry too, by its summary.
      subject !== capabilities[0]!.summary &&
      capabilities.every((one) => inherited.includes(one)),
  );
}

/** Not known whose the address was, and the port is one of an API server. */
function maybeCalls(view: LedgerWorkload) {
  const unknown = contacts(view).filter((entry) => {
    const resolution = peerOf(view, entry)?.resolution ?? 'unresolved';
    return API_PORT.test(entry.subject) && ['unresolved', 'node', 'host-network'].includes(resolution);
  });
  if (unknown.length === 0) return [];
  const names = listed(unknown.map((entry) => entry.subject));
  return [
    { reason: 'unresolved-peers' as const, detail: `the token was read, and ${names} may be the API server` },
  ];
}

function edgeKey(capability: Capability): string {
  const hop = edgeToCut(capability.path);
  return `${hop?.object} ${hop?.field}`;
}

function draft(
  view: LedgerWorkload,
  edge: readonly Capability[],
  reads: readonly LedgerEntry[],
  calls: readonly LedgerEntry[],
): Draft<2> {
  const hop = edgeToCut(edge[0]!.path)!;
  const granted = edge.map((one) => one.summary);
  const rows = [...reads, ...calls].map((entry) => entry.observed!);
  const servers = listed(calls.map((entry) => destinationName(view, entry)));
  const own = permissions(view).some((one) => one.origin === 'direct');
  const contacted = calls.map((entry) => entry.observed!);
  const count = contacted.reduce((sum, row) => sum + row.count, 0);
  return {
    subject: hop.object,
    claim:
      `${view.label} read its token and contacted the API server ${servers} ${counted(count, 'time')}; ` +
      `${hop.object} gives it ${listed(granted)}, which its own configuration does not: it ${hop.why}.`,
    configured: { summary: `${listed(granted)} through ${hop.object} ${hop.field}`, path: edge[0]!.path },
    operational: {
      ...presence(rows, `token read, API server contacted (${servers}); ${whichOne(view, edge)}`, [
        ...granted,
      ]),
      // Of the calls, as the claim says: reading the token is no use of a permission.
      count,
      sessions: Math.max(...contacted.map(({ sessions }) => sessions)),
    },
    remedy: { upstream: { object: hop.object, field: hop.field } },
    aggravated: edge.some(isDangerous),
    ...presenceConfidence(
      contacted,
      own ? 'it also holds permissions of its own, which may be the ones it used' : undefined,
    ),
  };
}

/** Nobody saw the token being read: the request alone tells that the identity is in use, and for what. */
function draftOfRequests(
  view: LedgerWorkload,
  inherited: readonly Capability[],
  entries: readonly LedgerEntry[],
): Draft<2> {
  const [first] = entries[0]!.capabilities;
  const hop = edgeToCut(first!.path)!;
  const edge = inherited.filter((one) => edgeKey(one) === edgeKey(first!));
  const granted = listed(edge.map((one) => one.summary));
  const rows = entries.map((entry) => entry.observed!);
  const asked = listed([...new Set(entries.map(({ subject }) => subject))]);
  const operational = presence(
    rows,
    `it used ${asked}`,
    edge.map((one) => one.summary),
  );
  return {
    subject: hop.object,
    claim:
      `${view.label} sent the API server ${counted(operational.count, 'request')} (${asked}) that no permission of its ` +
      `own covers; ${hop.object} gives it ${granted}: it ${hop.why}.`,
    configured: { summary: `${granted} through ${hop.object} ${hop.field}`, path: first!.path },
    operational,
    remedy: { upstream: { object: hop.object, field: hop.field } },
    aggravated: edge.some(isDangerous),
    ...presenceConfidence(rows),
  };
}

/** Requests are heard under TLS or told by the audit log; else the identity is in use, and nobody knows for what. */
function whichOne(view: LedgerWorkload, edge: readonly Capability[]): string {
  const entries = view.entries.filter(
    ({ kind, subject, capabilities: [one] }) =>
      kind === 'kubernetes-action' && one && edge.includes(one) && subject === one.summary,
  );
  const used = entries.filter(({ exercised }) => exercised === 'yes').map(({ subject }) => subject);
  if (used.length > 0) return `it used ${listed(used)}`;
  if (entries.length > 0 && entries.every(({ exercised }) => exercised === 'no'))
    return 'it used none of the inherited permissions yet';
  const what =
    edge.length === 1
      ? 'whether it used the inherited permission'
      : `which of ${edge.length} inherited permissions it used`;
  return `${what} only the audit log shows`;
}
