/** The report as it is, re-readable by `--report` and `--baseline`. Schema: fixtures/schemas/ai-spm-report-1.json. */
import { z } from 'zod';
import { type Report, reportSchema } from '../model/report.ts';
import { escapeJson } from './sanitize.ts';

/** Longest text that the schema takes: names are foreign, and a sentence may hold many of them. */
const LONGEST = 8192;
/** Documents of their own, which a cut would break. */
const WHOLE = new Set(['bom', 'document']);

function clipped(key: string, value: unknown): unknown {
  if (WHOLE.has(key)) return value;
  if (typeof value === 'string') return value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value;
  if (Array.isArray(value)) return value.map((inner) => clipped('', inner));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clipped(name, inner)]));
}

/** Key order is the schema's, so that equal reports are equal bytes, however they were put together. */
export function renderJson(report: Report): string {
  return `${escapeJson(JSON.stringify(reportSchema.parse(clipped('', report)), null, 2))}\n`;
}

/** JSON Schema 2020-12 of the report file. */
export function reportJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
  return { ...schema, title: 'ai-spm report, version 1' };
}
