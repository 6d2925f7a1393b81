/**
 * Segments as a fleet writes them: the same workloads hour after hour, most dimensions seen before, a few new ones,
 * counts of a heavy tail, sessions across all of it. Seeded, so that two runs measure the same.
 */
import { SIGNALS } from '../../src/model/kinds.ts';
import type { Segment } from '../../src/model/snapshot.ts';
import { createRandom, type Random } from '../../src/reconcile/random.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 0, 5);
const SESSIONS = 4;
const CELLS = 10;
/** How the rows of a workload divide; the rest are files. */
const KINDS = [
  { kind: 'library', share: 0.12, subject: (n: number) => `package-${n}@1.${n % 40}.0` },
  { kind: 'egress', share: 0.1, subject: (n: number) => `tcp/10.${(n >> 8) & 255}.${n & 255}.7:443` },
  { kind: 'process', share: 0.05, subject: (n: number) => `/usr/bin/tool-${n} run.py` },
  { kind: 'syscall', share: 0.2, subject: (n: number) => `syscall-${n % 400}` },
  {
    kind: 'file-access',
    share: 1,
    subject: (n: number) => `/usr/lib/python3.11/site-packages/package-${n}/module.py`,
  },
] as const;

export type Fleet = { workloads: number; observations: number; seed: number };

export function fleetSegment({ workloads, observations, seed }: Fleet, sequence: number): Segment {
  const random = createRandom(seed + sequence);
  const dict = createDict();
  const rows = observationRows(workloads, observations, sequence, random, dict);
  return {
    ...header(sequence, workloads),
    peers: [...rows.egress].map((subject) => ({
      subject,
      resolution: 'external',
      namespace: null,
      name: null,
      labels: {},
      backends: [],
    })),
    artifacts: rows.artifacts,
    observations: rows.columns,
    sessions: sessionRows(workloads, observations, sequence, random, dict),
    sampling: Array.from({ length: workloads }, (_, workload) => ({
      workload,
      population: SESSIONS,
      kept: SESSIONS,
    })),
    epochs: [],
    details: [],
    images: [],
    coverage: coverageRows(workloads),
    folded: [],
    dict: dict.texts,
  };
}

type Dict = { texts: string[]; code(text: string): number };

function createDict(): Dict {
  const codes = new Map<string, number>();
  const texts: string[] = [];
  return {
    texts,
    code(text) {
      const known = codes.get(text);
      if (known !== undefined) return known;
      codes.set(text, texts.length);
      return texts.push(text) - 1;
    },
  };
}

/** One row in fifty is a dimension of this hour only; the others return every hour. */
function subjectOf(row: number, observations: number, sequence: number, workload: number) {
  const fresh = row % 50 === 49 ? sequence * observations : 0;
  let floor = 0;
  for (const { kind, share, subject } of KINDS) {
    floor = kind === 'file-access' ? 1 : floor + share;
    if (row / observations < floor) return { kind, subject: subject(row + fresh + (workload % 7) * 3) };
  }
  throw new Error('the shares end at 1');
}

function observationRows(
  workloads: number,
  observations: number,
  sequence: number,
  random: Random,
  dict: Dict,
) {
  const columns = emptyColumns();
  const artifacts: Segment['artifacts'] = [];
  const egress = new Set<string>();
  for (let workload = 0; workload < workloads; workload++) {
    for (let row = 0; row < observations; row++) {
      const { kind, subject } = subjectOf(row, observations, sequence, workload);
      if (kind === 'egress') egress.add(subject);
      if (kind === 'library') artifacts.push(libraryDetail(workload, subject));
      addRow(columns, workload, row, dict.code(kind), dict.code(subject), random, dict);
    }
  }
  return { columns, artifacts, egress };
}

function emptyColumns(): Segment['observations'] {
  return {
    workload: [],
    container: [],
    process: [],
    principal: [],
    kind: [],
    subject: [],
    context: [],
    source: [],
    count: [],
    bytes: [],
    records: [],
    errors: [],
    denied: [],
    first: [],
    last: [],
    sessions: [],
  };
}

function addRow(
  columns: Segment['observations'],
  workload: number,
  row: number,
  kind: number,
  subject: number,
  random: Random,
  dict: Dict,
) {
  const first = random.below(HOUR / 2);
  // 1 / uniform: a heavy tail, as counts of a workload's subjects have.
  const count = Math.ceil(1000 / (1 + random.below(1000)));
  columns.workload.push(workload);
  columns.container.push(dict.code('agent'));
  columns.process.push(dict.code(`/usr/bin/python3 worker-${row % 3}.py`));
  columns.principal.push(dict.code(`system:serviceaccount:research:agent-${workload}`));
  columns.kind.push(kind);
  columns.subject.push(subject);
  columns.context.push(-1);
  columns.source.push(dict.code('sensor:file'));
  columns.count.push(count);
  columns.bytes.push(count * 1500);
  columns.records.push(0);
  columns.errors.push(random.below(20) === 0 ? 1 : 0);
  columns.denied.push(0);
  columns.first.push(first);
  columns.last.push(first + random.below(HOUR / 2));
  columns.sessions.push(1 + random.below(SESSIONS));
}

function libraryDetail(workload: number, subject: string): Segment['artifacts'][number] {
  const [name, version] = subject.split('@') as [string, string];
  return {
    workload,
    kind: 'library',
    subject,
    name,
    version,
    purl: `pkg:pypi/${name}@${version}`,
    path: `/usr/lib/python3.11/site-packages/${name}`,
    format: null,
    size: null,
    sha256: null,
    state: 'imported',
    rule: 'python-site-packages',
  };
}

function sessionRows(
  workloads: number,
  observations: number,
  sequence: number,
  random: Random,
  dict: Dict,
): Segment['sessions'] {
  const sessions = workloads * SESSIONS;
  const owner = (session: number) => Math.floor(session / SESSIONS);
  const cells = Array.from({ length: sessions * CELLS }, (_, cell) =>
    subjectOf(
      (cell % CELLS) * Math.floor(observations / CELLS) + random.below(5),
      observations,
      sequence,
      owner(Math.floor(cell / CELLS)),
    ),
  );
  const each = <T>(of: (session: number) => T) =>
    Array.from({ length: sessions }, (_, session) => of(session));
  return {
    id: each((session) => `${(session * 2654435761).toString(16)}${sequence.toString(16).padStart(8, '0')}`),
    workload: each(owner),
    start: each((session) => (session % SESSIONS) * (HOUR / SESSIONS)),
    end: each((session) => ((session % SESSIONS) + 1) * (HOUR / SESSIONS)),
    revision: each(() => dict.code('5f7d8c')),
    offset: each((session) => session * CELLS),
    cellKind: cells.map(({ kind }) => dict.code(kind)),
    cellSubject: cells.map(({ subject }) => dict.code(subject)),
    cellCount: cells.map(() => 1 + random.below(50)),
    overflow: each(() => 0),
  };
}

function coverageRows(workloads: number): Segment['coverage'] {
  const rows = Array.from({ length: workloads * SIGNALS.length }, (_, row) => row);
  const same = (value: number) => rows.map(() => value);
  return {
    workload: rows.map((row) => Math.floor(row / SIGNALS.length)),
    signal: rows.map((row) => SIGNALS[row % SIGNALS.length]!),
    attachedSince: same(T0 - 1),
    attempted: same(50_000),
    delivered: same(50_000),
    lost: same(0),
    truncated: same(0),
    collapsed: same(0),
    observedMs: same(HOUR),
    existedMs: same(HOUR),
    instances: same(3),
    startsSeen: same(3),
    reason: same(-1),
  };
}

function header(sequence: number, workloads: number) {
  const start = T0 + sequence * HOUR;
  return {
    bootId: 'b0075eed-0000-4000-8000-000000000000',
    run: '0123456789abcdef0123456789abcdef',
    sequence,
    node: { name: 'node-1', machineId: 'm', kernel: '6.1.0', arch: 'x86_64', cpus: 8, cgroup: 'v2' as const },
    start,
    end: start + HOUR,
    mode: 'window' as const,
    complete: true,
    partialReason: null,
    clockJumpMs: 0,
    sensor: { version: '0.1.0', wire: 1, families: [] },
    cost: { cpuMs: 0, rssBytes: 0, bpf: [], collectCpuMs: 0 },
    fingerprintKeyId: null,
    workloads: Array.from({ length: workloads }, (_, i) => ({
      id: `k8s:0a1b2c3d/research/Deployment/agent-${i}`,
      unit: 'kubernetes' as const,
      resolvedBy: 'api' as const,
      cluster: '0a1b2c3d',
      namespace: 'research',
      kind: 'Deployment',
      name: `agent-${i}`,
      labels: { app: `agent-${i}` },
      serviceAccount: `agent-${i}`,
      revision: '5f7d8c',
      containers: [],
      instances: 3,
    })),
  };
}
