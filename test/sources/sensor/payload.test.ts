import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireRecordSchema } from '../../../src/model/wire.ts';
import { isPayload } from '../../../src/sources/sensor/payload.ts';

const GOOD = {
  t: 'payload',
  cg: '20',
  pid: 7,
  start: '900000000000',
  at: 5,
  stream: 'ff00',
  dir: 'in',
  off: 0,
  len: 3,
  data: 'YWJj',
};

const ANY = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    'in',
    'out',
    '0',
    'g',
    'f'.repeat(20),
    'f'.repeat(21),
    'YQ==',
    'YQ=',
    'Y===',
    '====',
    'YW\n=',
  ),
  fc.constantFrom(-1, 0.5, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e300),
  fc.base64String(),
);

/** One member changed or missing. */
const CASES = fc
  .tuple(fc.constantFrom(...Object.keys(GOOD)), fc.option(ANY, { nil: undefined }))
  .map(([key, value]) => JSON.parse(JSON.stringify({ ...GOOD, [key]: value })) as unknown);

describe('a payload', () => {
  it('is what the schema takes, and nothing else', () => {
    expect(isPayload(GOOD)).toBe(true);
    fc.assert(
      fc.property(CASES, (value) => {
        if (isPayload(value))
          expect(wireRecordSchema.safeParse(value)).toEqual({ success: true, data: value });
      }),
      { numRuns: 3_000, seed: 1 },
    );
  });

  it('of another kind, or none at all, is left to the schema', () => {
    for (const value of [null, 1, 'payload', [], {}, { t: 'payload' }, { ...GOOD, t: 'stream' }])
      expect(isPayload(value)).toBe(false);
  });
});
