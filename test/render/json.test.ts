import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/model/report.ts';
import { renderJson, reportJsonSchema } from '../../src/render/json.ts';
import { CASES, OBEYED, readCase } from './cases.ts';

const SCHEMA_FILE = new URL('../../fixtures/schemas/ai-spm-report-1.json', import.meta.url).pathname;

/** Keys of every object in reverse: what a differently built, equal report looks like. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe('json', () => {
  it('has a published schema that is in step', async () => {
    await expect(`${JSON.stringify(reportJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(SCHEMA_FILE);
  });

  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(reportJsonSchema());

  it.each(CASES)('of %s is valid under it, safe to print, and reads back equal', (name) => {
    const report = readCase(name);
    const text = renderJson(report);
    validate(JSON.parse(text));
    expect(validate.errors).toBeNull();
    expect(text.endsWith('}\n')).toBe(true);
    expect(text.split('\n').filter((line) => OBEYED.test(line))).toEqual([]);
    expect(reportSchema.parse(JSON.parse(text))).toEqual(report);
  });

  it('cuts a text that is too long, so that what is written can be read again', () => {
    const report = readCase('live-window');
    const long = 'x'.repeat(100_000);
    const written = JSON.parse(renderJson({ ...report, notes: [long], bom: { long } }));
    expect(written.notes[0]).toHaveLength(8192);
    expect(written.bom.long).toBe(long);
    expect(reportSchema.safeParse(written).success).toBe(true);
  });

  it('is refused by the schema when a field is missing, unknown or of another kind', () => {
    const { seed: _, ...missing } = readCase('history');
    expect(validate(missing)).toBe(false);
    expect(validate({ ...readCase('history'), surprise: 1 })).toBe(false);
    expect(validate({ ...readCase('history'), version: 2 })).toBe(false);
  });

  it('does not depend on the order in which the report was put together', () => {
    const report = { ...readCase('history'), bom: null, thresholds: {} };
    expect(renderJson(reversed(report) as typeof report)).toBe(renderJson(report));
  });
});
