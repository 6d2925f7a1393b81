import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolvePosture } from '../../../src/scope/posture.ts';
import { COLLECTIONS } from '../../../src/sources/kubernetes/collections.ts';
import { createEstateBuilder } from '../../../src/sources/kubernetes/estate-builder.ts';
import { scrub } from '../../../src/sources/manifests/scrub.ts';
import { runs } from '../../fuzz.ts';

const KEYS = [
  'spec',
  'template',
  'containers',
  'volumes',
  'env',
  'args',
  'volumeMounts',
  'rules',
  'subjects',
  'roleRef',
  'egress',
  'to',
  'ports',
  'podSelector',
  'matchLabels',
  'subject',
  'status',
  'endpoints',
  'aggregationRule',
  'metadata',
  'labels',
  'annotations',
  'ownerReferences',
  '__proto__',
  'constructor',
  'toString',
  'name',
  'kind',
];

const value = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, '', 'x', 0, -1, 1e99, true, '__proto__', '\u0000', '10.0.0.0/8'),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('tree'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).tree;

const object = fc.record({
  collection: fc.constantFrom(...COLLECTIONS),
  metadata: fc.oneof(value, fc.constant({ name: 'x', namespace: 'lab' })),
  body: fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4 }),
});

describe('hostile objects', () => {
  it('never throw: they are taken, or left out with a warning and a damaged collection', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), (objects) => {
        const builder = createEstateBuilder(null);
        for (const { collection, metadata, body } of objects) {
          const { group, version, kind, name } = collection;
          const before = builder.count(name);
          const raw = { ...body, metadata, apiVersion: group === '' ? version : `${group}/${version}`, kind };
          scrub(raw);
          expect(builder.add(raw, null)).toBe(true);
          const taken = builder.count(name) > before;
          if (!taken && builder.damage(name) === null) expect(before).toBeGreaterThan(0);
        }
        resolvePosture(builder.finish({ origin: '', readAt: null, coverage: [] }));
      }),
      runs(500),
    );
    expect(Object.keys({})).toEqual([]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});
