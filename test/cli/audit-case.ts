/** One agent on disk as a user has it: exports of its cluster and two weeks of hourly segments. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Segment } from '../../src/model/snapshot.ts';
import { writeSnapshot } from '../../src/sources/files/snapshot-writer.ts';
import { COLLECTIONS } from '../../src/sources/kubernetes/collections.ts';
import { GAPS, readCase } from '../detectors/support/case.ts';
import { AGENT } from '../detectors/support/observe.ts';
import { covered, DAY, HOUR, peer, type SegmentInput, segment, T0 } from '../reconcile/segments.ts';
import type { ApiObject } from '../sources/kubernetes/api-server.ts';

const GATEWAY = 'tcp/10.96.0.20:8443';
const LEDGER = 'tcp/10.96.0.40:5432';
const SERVICES = [
  peer(GATEWAY, {
    resolution: 'service',
    namespace: 'llm',
    name: 'llm-gateway',
    labels: { app: 'llm-gateway' },
    backends: ['10.1.2.3:8443'],
  }),
  peer(LEDGER, {
    resolution: 'service',
    namespace: 'finance',
    name: 'ledger',
    labels: { app: 'ledger' },
    backends: ['10.1.4.4:5432'],
  }),
];

/** Gap 1: a vector store that is never reached, a Secret never read. Gap 2: a ledger that only a cluster policy allows. */
export function estate(): ApiObject[] {
  const found = (['unused-egress', 'unread-secret', 'foreign-policy-egress'] as const).flatMap(
    (kind) => (readCase(kind, 'found').file.estate ?? []) as ApiObject[],
  );
  const base = parseAllDocuments(readFileSync(join(GAPS, 'estate.yaml'), 'utf8')).map(
    (one) => one.toJS() as ApiObject,
  );
  const objects = new Map(
    [...base, ...found].map((one) => [`${one.kind} ${one.metadata.namespace}/${one.metadata.name}`, one]),
  );
  return [...objects.values()].map((one) =>
    one.kind === 'Deployment'
      ? { ...one, metadata: { ...one.metadata, labels: { app: 'report-agent', 'ai-spm.dev/agent': 'true' } } }
      : one,
  );
}

/** One file a collection, empty ones too: nothing about this cluster is unknown. */
export function writeExports(folder: string, objects: readonly ApiObject[] = estate()): string {
  mkdirSync(folder, { recursive: true });
  for (const { name, group, version, kind } of COLLECTIONS) {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const items = objects.filter((one) => one.kind === kind && one.apiVersion === apiVersion);
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ kind: `${kind}List`, apiVersion, items }));
  }
  return folder;
}

/** An hour of the agent's work; `change` turns it into another. */
export function hour(sequence: number, change: Partial<SegmentInput> = {}): Segment {
  const start = T0 + sequence * HOUR;
  const rows = [GATEWAY, LEDGER].map((subject) => ({
    workload: AGENT,
    kind: 'egress',
    subject,
    count: 6,
    last: HOUR - 1,
    sessions: 4,
  }));
  const sessions = [0, 1, 2, 3].map((quarter) => ({
    id: `s-${sequence}-${quarter}`,
    workload: AGENT,
    start: (quarter * HOUR) / 4,
    end: (quarter * HOUR) / 4 + 1000,
    cells: [GATEWAY, LEDGER].map((subject): [string, string, number] => ['egress', subject, 1]),
  }));
  const id = { bootId: 'boot-a', run: 'a'.repeat(32), node: 'node-a', sequence };
  return segment({ ...id, start, rows, sessions, coverage: covered(AGENT), peers: SERVICES, ...change });
}

export const fortnight = (change: Partial<SegmentInput> = {}): Segment[] =>
  Array.from({ length: (14 * DAY) / HOUR }, (_, sequence) => hour(sequence, change));

/** A folder with the exports in `exports/` and the fortnight in `agent.snapshot.jsonl.zst`. */
export async function writeCase(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `ai-spm-${name}-`));
  const at = (file: string) => join(folder, file);
  const snapshot = at('agent.snapshot.jsonl.zst');
  await writeSnapshot(snapshot, fortnight(), 'ai-spm test');
  return {
    folder,
    at,
    snapshot,
    exports: writeExports(at('exports')),
    async write(file: string, segments: Iterable<Segment>): Promise<string> {
      await writeSnapshot(at(file), segments, 'ai-spm test');
      return at(file);
    },
    put(file: string, content: string | Uint8Array): string {
      writeFileSync(at(file), content);
      return at(file);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
export type AuditCase = Awaited<ReturnType<typeof writeCase>>;
