/**
 * What the documentation of each layer says, case by case: fixtures/network/<layer>/*.yaml. Every case is asked in the
 * cluster of fixtures/network/cluster.yaml, and again with its objects in the opposite order.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RESOURCES, type SourceCoverage } from '../../src/model/kubernetes.ts';
import type { Answer } from '../../src/model/query.ts';
import { createNetworkScope } from '../../src/scope/network-answer.ts';
import { sourceOfPod } from '../../src/scope/network-source.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

type Ask = {
  from: string;
  to: { pod: string } | { ip: string } | { host: string };
  port: number;
  protocol?: 'TCP' | 'UDP' | 'SCTP';
  is: Answer['verdict'];
  /** Part of the answer, anywhere in it. */
  says?: string;
};
type Case = {
  name: string;
  doc: string;
  objects?: object[];
  coverage?: Partial<Record<string, SourceCoverage['status']>>;
  asks: Ask[];
};

const ROOT = fileURLToPath(new URL('../../fixtures/network/', import.meta.url));
const CLUSTER: object[] = parse(readFileSync(`${ROOT}cluster.yaml`, 'utf8'));
const FILES = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(ROOT + name).map((file) => `${name}/${file}`));

function coverageOf({ coverage = {} }: Case): SourceCoverage[] {
  return RESOURCES.map((resource) => ({
    source: `kubernetes:${resource}`,
    resource,
    namespaces: null,
    status: coverage[resource] ?? 'read',
    objects: 1,
    reason: null,
  }));
}

function answersTo(one: Case, objects: readonly object[]): Answer[] {
  const builder = createEstateBuilder(null);
  for (const object of [...CLUSTER, ...objects]) expect(builder.add(object, null)).toBe(true);
  const estate = builder.finish({ origin: '', readAt: null, coverage: coverageOf(one) });
  expect(estate.warnings).toEqual([]);
  const scope = createNetworkScope(estate);
  return one.asks.map(({ from, to, port, protocol }) => {
    const pod = estate.pods.find(({ ref }) => `${ref.namespace}/${ref.name}` === from);
    return scope.decide(sourceOfPod(pod!), to, port, protocol ?? 'TCP');
  });
}

describe.each(FILES)('%s', (file) => {
  const cases: Case[] = parse(readFileSync(ROOT + file, 'utf8'));

  it.each(cases)('$name', (one) => {
    expect(one.doc).toMatch(/^https:\/\//);
    const objects = one.objects ?? [];
    const answers = answersTo(one, objects);
    one.asks.forEach((ask, at) => {
      const about = `${ask.from} → ${JSON.stringify(ask.to)}:${ask.port}: ${JSON.stringify(answers[at])}`;
      expect(answers[at]!.verdict, about).toBe(ask.is);
      if (ask.says) expect(JSON.stringify(answers[at])).toContain(ask.says);
      expect(answers[at]!.conditions.length > 0, about).toBe(ask.is === 'conditional');
      expect(answers[at]!.reason).not.toBe('');
    });
    const reversed = answersTo(one, [...objects].reverse());
    expect(reversed.map(({ verdict }) => verdict)).toEqual(answers.map(({ verdict }) => verdict));
  });
});

it('are enough', () => {
  const cases = FILES.flatMap((file) => parse(readFileSync(ROOT + file, 'utf8')) as Case[]);
  expect(cases.length).toBeGreaterThanOrEqual(60);
});
