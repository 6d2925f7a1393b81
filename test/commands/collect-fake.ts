import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectIo, CollectOptions } from '../../src/commands/collect.ts';
import type { Segment } from '../../src/model/snapshot.ts';
import type { WireRecord } from '../../src/model/wire.ts';
import { readWhole } from '../sources/files/read-whole.ts';
import { ndjson } from '../sources/sensor/sample-stream.ts';

export const OPTIONS: CollectOptions = {
  now: false,
  check: false,
  systemdUnit: false,
  cgroup: [],
  pid: [],
  namespace: [],
  workload: [],
  pods: [],
  live: false,
  with: [],
  without: [],
  progress: true,
  quiet: false,
};

/** Streams as text, and signals raised by the test. */
export function fakeIo(env: Record<string, string | undefined> = {}) {
  const text = { out: '', err: '' };
  const handlers = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>();
  const io: CollectIo = {
    stdout: async (part) => {
      text.out += part;
    },
    stderr: (part) => {
      text.err += part;
    },
    problem: (part) => {
      text.err += part;
    },
    now: () => Date.now(),
    columns: 80,
    color: false,
    terminal: null,
    onSignal: (handler) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    env,
  };
  const raise = (signal: 'SIGINT' | 'SIGTERM') => {
    for (const handler of handlers) handler(signal);
  };
  return { io, text, raise };
}

/** A directory of one test file's own, and what is written and read in it. */
export function workspace(name: string) {
  const directory = mkdtempSync(join(tmpdir(), `ai-spm-${name}-`));
  const at = (file: string) => join(directory, file);
  return {
    directory,
    at,
    record(file: string, records: readonly WireRecord[]): string {
      writeFileSync(at(file), ndjson(records));
      return at(file);
    },
    segments: (file: string): Promise<Segment[]> => readWhole(file),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Subjects of one kind in a segment. */
export function subjects(segment: Segment, kind: string): string[] {
  const { observations, dict } = segment;
  return observations.kind.flatMap((k, row) => (dict[k] === kind ? [dict[observations.subject[row]!]!] : []));
}
