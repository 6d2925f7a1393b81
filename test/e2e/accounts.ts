/**
 * What the sample agent says that it did, against what the snapshot says, kind by kind. What its log leaves out by its
 * nature is an exception: an exact number, with the reason.
 */
import type { TruthRecord } from '../../fixtures/agent/truth.ts';
import { type Comparison, type Counts, compare, countOf, type Exception } from './compare.ts';
import { OPERATION } from './operation.ts';
import { type SnapshotRow, type SnapshotRows, tally } from './rows.ts';
import { connects, imported, ofKind, questions } from './truths.ts';

export type Account = {
  what: string;
  said: (truth: readonly TruthRecord[]) => Counts;
  seen: (rows: readonly SnapshotRow[], snapshot: SnapshotRows) => Counts;
  exceptions?: (truth: readonly TruthRecord[]) => Exception[];
};

export const NODE = '/usr/local/bin/node';
export const API_SERVER = 'tcp/10.96.0.1:443';
/** Whatever of these the agent loads is an AI framework; the rest of what it imports is not. */
const FRAMEWORKS = ['@langchain/core', '@modelcontextprotocol/sdk', 'langsmith', 'openai'];
const CREDENTIALS = /^\/(?:var\/run\/secrets|run\/secrets|etc\/agent)\//;
const DOCUMENTS = /^\/(?:data\/corpus|app\/prompts)\//;

const tcp = ({ kind, subject }: SnapshotRow) =>
  kind === 'egress' && subject.startsWith('tcp/') ? subject : null;
const packageName = (purl: string) => decodeURIComponent(purl.replace(/^pkg:npm\//, ''));
const packages = (rows: readonly SnapshotRow[], kind: string) =>
  countOf(new Set(rows.filter((row) => row.kind === kind).map(({ subject }) => packageName(subject))));

/** `r:/path` → `/path` where the path and the way of use are wanted. */
function path({ kind, subject }: SnapshotRow, access: RegExp, wanted: RegExp): string | null {
  const [, how, name] = /^([rwx]+):(.*)$/.exec(kind === 'file-access' ? subject : '') ?? [];
  return how !== undefined && access.test(how) && wanted.test(name!) ? name! : null;
}

const readPaths = (truth: readonly TruthRecord[], wanted: RegExp) =>
  countOf(
    ofKind(truth, 'read')
      .map((one) => one.path)
      .filter((one) => wanted.test(one)),
  );

const loads = (truth: readonly TruthRecord[]) => ofKind(truth, 'model-load').map((one) => `file:${one.path}`);
const models = (source: string) => (rows: readonly SnapshotRow[]) =>
  tally(rows, (row) => (row.kind === 'model' && row.source === source ? row.subject : null));

const supervisorStart: Exception = {
  subject: NODE,
  times: 1,
  why: 'the agent itself is executed by the sandbox, as a container runtime does, and not spawned by the agent',
};

/** A file that names the new tool, written when the catalog changes; the log notes the change and not the file. */
function pluginMarker(truth: readonly TruthRecord[]): Exception[] {
  const changed = ofKind(truth, 'catalog').some(
    ({ side, tools }) => side === 'server' && tools.includes('export_dataset'),
  );
  const why = 'the log notes that the catalog changed, not the file by which it was changed';
  return changed ? [{ subject: '/data/plugins/export_dataset', times: 1, why }] : [];
}

const ACCOUNTS: readonly Account[] = [
  {
    what: 'TCP connects',
    said: (truth) => countOf(connects(truth).map(({ subject }) => subject)),
    seen: (rows) => tally(rows, tcp),
  },
  {
    what: 'TCP connects that failed',
    said: (truth) =>
      countOf(
        connects(truth)
          .filter(({ outcome }) => outcome !== 'connected')
          .map(({ subject }) => subject),
      ),
    seen: (rows) => tally(rows, tcp, 'errors'),
  },
  {
    what: 'API calls as connects',
    said: (truth) => countOf(ofKind(truth, 'api-call').map(() => API_SERVER)),
    seen: (rows) => tally(rows, (row) => (row.subject === API_SERVER ? tcp(row) : null)),
  },
  {
    what: 'DNS queries as datagrams',
    said: (truth) =>
      new Map([
        [
          'udp/10.96.0.10:53',
          ofKind(truth, 'lookup').reduce((total, { host }) => total + questions(host).length, 0),
        ],
      ]),
    seen: (rows) =>
      tally(rows, ({ kind, subject }) => (kind === 'egress' && subject.startsWith('udp/') ? subject : null)),
  },
  {
    what: 'programs executed',
    said: (truth) => countOf(ofKind(truth, 'spawn').map(({ program }) => program)),
    seen: (rows) => tally(rows, ({ kind, subject }) => (kind === 'process' ? subject : null)),
    exceptions: () => [supervisorStart],
  },
  {
    what: 'executed images',
    said: (truth) => countOf(new Set(ofKind(truth, 'spawn').map(({ program }) => `file:${program}`))),
    seen: (rows) =>
      countOf(new Set(rows.filter(({ kind }) => kind === 'binary').map(({ subject }) => subject))),
  },
  { what: 'models mapped', said: (truth) => countOf(loads(truth)), seen: models('sensor:mapping') },
  { what: 'models opened', said: (truth) => countOf(loads(truth)), seen: models('sensor:file') },
  {
    what: 'libraries loaded',
    said: (truth) => countOf(imported(truth)),
    seen: (rows) => packages(rows, 'library'),
  },
  {
    what: 'frameworks loaded',
    said: (truth) => countOf(FRAMEWORKS.filter((name) => imported(truth).has(name))),
    seen: (rows) => packages(rows, 'framework'),
  },
  {
    what: 'token, config and secret reads',
    said: (truth) => readPaths(truth, CREDENTIALS),
    seen: (rows) => tally(rows, (row) => path(row, /./, CREDENTIALS)),
  },
  {
    // tar reads the corpus as well, and says so to nobody.
    what: 'documents and prompts read',
    said: (truth) => readPaths(truth, DOCUMENTS),
    seen: (rows) => tally(rows, (row) => (row.process.startsWith(NODE) ? path(row, /r/, DOCUMENTS) : null)),
  },
  {
    what: 'files written',
    said: (truth) => countOf(ofKind(truth, 'write').map((one) => one.path)),
    seen: (rows) => tally(rows, (row) => path(row, /w/, /^\/data\//)),
    exceptions: pluginMarker,
  },
];

/** Each open of any file and each system call: the log keeps no account of them; strace does, in test/bpf. */
export const UNACCOUNTED = ['file-access', 'syscall'];
/** Kinds of a snapshot of which every row has to be accounted for above, or is of no event of the log. */
export const ACCOUNTED = [
  ...['binary', 'egress', 'framework', 'library', 'model', 'process'],
  ...OPERATION.flatMap(({ kind }) => kind),
];

export function compareAll(truth: readonly TruthRecord[], snapshot: SnapshotRows): Comparison[] {
  return [...ACCOUNTS, ...OPERATION].map(({ what, said, seen, exceptions }) =>
    compare(what, said(truth), seen(snapshot.rows, snapshot), exceptions?.(truth) ?? []),
  );
}
