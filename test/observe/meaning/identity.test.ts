import { describe, expect, it } from 'vitest';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { readCases, saidOf, withFingerprints } from './cloud-cases.ts';

const CASES = readCases('identity');

function key({ kind, subject }: Pick<Said, 'kind' | 'subject'>): string {
  return `${kind} ${subject}`;
}

describe('identity hops', () => {
  it('has cases', () => expect(CASES.length).toBeGreaterThan(20));

  // All hops of a case are stated; of other rows those that it is about: where keys came from, as whom was called.
  for (const one of CASES)
    it(one.file, () => {
      const expected = withFingerprints(one.expect);
      const stated = new Set(expected.map((row) => `${row.kind} ${row.subject}`));
      const said = saidOf(one).filter((row) => row.kind === 'identity-hop' || stated.has(key(row)));
      expect(said).toMatchObject(expected);
    });
});

describe('epochs of identity', () => {
  const chain = CASES.find(({ source }) => source.startsWith('a chain:'))!;

  it('begin when a principal joins', () => {
    const epochs = saidOf(chain).flatMap(({ epoch }) => epoch ?? []);
    expect(epochs.map(({ subject, members }) => ({ subject, members }))).toEqual([
      { subject: 'aws', members: ['aws:role:web'] },
      { subject: 'aws', members: ['aws:arn:aws:iam::210987654321:role/reader', 'aws:role:web'] },
    ]);
  });

  it('do not begin again when the tree goes on with both', () => {
    const twice = { exchanges: [...chain.exchanges, ...chain.exchanges] };
    expect(saidOf(twice).flatMap(({ epoch }) => epoch ?? [])).toHaveLength(2);
  });
});

describe('requests that a reader takes', () => {
  const taken = [
    ['169.254.169.254', '/latest/meta-data/iam/info'],
    ['metadata.google.internal', '/computeMetadata/v1/instance/service-accounts/default/email'],
    ['oauth2.googleapis.com', '/token'],
  ] as const;

  it.each(taken)('%s%s is no hop, and is said all the same', (authority, target) => {
    const request = { method: 'GET', authority, target, headers: {} };
    const said = saidOf({ exchanges: [{ request, response: { status: 200 } }] });
    expect(said.map(({ kind }) => kind)).toEqual(['http-endpoint']);
  });
});
