import { z } from 'zod';
import { type ReadSegment, segmentSchema } from '../../model/snapshot.ts';
import { arePlainArtifacts } from './segment-artifacts.ts';
import { checkDict, checkTables, type Problem } from './segment-columns.ts';

/** All but the tables that are checked by column. */
const frameSchema = segmentSchema.omit({ dict: true, observations: true, sessions: true, coverage: true });
const shortFrameSchema = frameSchema.omit({ artifacts: true });
type Frame = z.infer<typeof frameSchema>;

export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: NonNullable<Problem> };

/** Validates a parsed segment; the numbers of its big tables are checked in place and not copied. */
export function parseSegment(value: unknown): Parsed<ReadSegment> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, problem: { field: 'segment', expected: 'an object' } };
  const { dict, observations, sessions, coverage, ...rest } = value as Record<string, unknown>;
  const frame = parseFrame(rest);
  if (!frame.ok) return frame;
  const tables = { observations, sessions, coverage };
  const problem =
    checkLabels(rest) ??
    checkDict(dict) ??
    checkTables(tables, { dict: (dict as string[]).length, workloads: frame.value.workloads.length }) ??
    checkWorkloadIndexes(frame.value);
  if (problem) return { ok: false, problem };
  return { ok: true, value: { ...frame.value, dict, ...tables } as ReadSegment };
}

function parseFrame(rest: Record<string, unknown>): Parsed<Frame> {
  const { artifacts, ...others } = rest;
  const plain = arePlainArtifacts(artifacts);
  const frame = plain ? shortFrameSchema.safeParse(others) : frameSchema.safeParse(rest);
  if (!frame.success) return { ok: false, problem: firstIssue(frame.error) };
  return { ok: true, value: (plain ? { ...frame.data, artifacts } : frame.data) as Frame };
}

/** Label maps are the only place of the frame whose keys are foreign; strict objects refuse this key themselves. */
function checkLabels(frame: Record<string, unknown>): Problem {
  for (const table of ['workloads', 'peers'] as const)
    for (const [index, { labels }] of (frame[table] as { labels: object }[]).entries())
      if (Object.hasOwn(labels, '__proto__'))
        return { field: `${table}[${index}].labels`, expected: 'no key named __proto__' };
  return null;
}

function checkWorkloadIndexes(frame: Frame): Problem {
  const limit = frame.workloads.length;
  for (const table of ['artifacts', 'folded', 'sampling', 'epochs'] as const)
    for (const [index, { workload }] of frame[table].entries())
      if (workload < 0 || workload >= limit)
        return {
          field: `${table}[${index}].workload`,
          expected: `an index into workloads (0 to ${limit - 1})`,
        };
  return null;
}

export function firstIssue(error: z.ZodError): NonNullable<Problem> {
  const issue = error.issues[0]!;
  const field = z.core.toDotPath(issue.path) || 'the line';
  return { field, expected: issue.message.replace(/^Invalid input: (?:expected )?/, '') };
}
