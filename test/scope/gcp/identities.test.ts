import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  createGcpScope,
  externalPrincipals,
  federationEdges,
  workloadIdentity,
} from '../../../src/scope/gcp/index.ts';
import { estateOf, type Short } from './estate.ts';

type Pod = Parameters<typeof workloadIdentity>[1];
type Token = Parameters<typeof externalPrincipals>[1];
type Case<Asked, Expected> = Asked & { name: string; source?: string; estate?: Short; expect?: Expected };

function cases<Asked, Expected>(
  file: string,
  check: (one: Case<Asked, Expected>, short: Short) => void,
): void {
  const path = fileURLToPath(new URL(`../../../fixtures/gcp/identities/${file}`, import.meta.url));
  const { source, estate, cases } = parse(readFileSync(path, 'utf8')) as {
    source: string;
    estate: Short;
    cases: Case<Asked, Expected>[];
  };
  describe(`${file} (${source})`, () => {
    for (const one of cases) it(one.name, () => check(one, { ...estate, ...one.estate }));
  });
}

type Candidate = {
  mechanism: string;
  principal?: string;
  status: string;
  reason?: string;
  conditions?: string;
};
type Asked = { pod: Pod; edges?: string[]; sameness?: string[]; gap?: string };

cases<Asked, Candidate[]>(
  'workload-identity.yaml',
  ({ pod, expect: wanted, edges, sameness, gap }, short) => {
    const estate = estateOf(short);
    const found = workloadIdentity(estate, pod);
    if (wanted !== undefined) {
      expect(found.candidates.map(({ mechanism, status }) => ({ mechanism, status }))).toEqual(
        wanted.map(({ mechanism, status }) => ({ mechanism, status })),
      );
      wanted.forEach((one, index) => {
        const { principal, reason, conditions } = found.candidates[index]!;
        if (one.principal !== undefined) expect(principal).toBe(one.principal);
        if (one.reason !== undefined) expect(reason).toContain(one.reason);
        if (one.conditions !== undefined) expect(conditions.join('\n')).toContain(one.conditions);
      });
    }
    if (sameness) expect(found.sameness.map(({ cluster }) => cluster)).toEqual(sameness);
    expect(found.sameness.every(({ hop }) => hop.inherited)).toBe(true);
    expect(found.gap ?? '').toContain(gap ?? '');
    if (edges)
      expect(
        createGcpScope(estate)
          .edgesOf(found.principal!)
          .map(({ to }) => to),
      ).toEqual(edges);
  },
);

type External = {
  principal?: string;
  effect: string;
  conditions?: string[];
  edges?: Record<string, string>;
  /** Where the token tells more than the name that it is exchanged for: edges by that name alone. */
  named?: Record<string, string>;
};

cases<{ token: Token }, External[]>('federation.yaml', ({ token, expect: wanted }, short) => {
  const estate = estateOf(short);
  const found = externalPrincipals(estate, token);
  const flat = federationEdges(estate, 'aws:someone', token);
  expect(flat.filter(({ from }) => from === 'aws:someone').map(({ to }) => to)).toEqual(
    found.map(({ principal }) => principal),
  );
  expect(flat).toHaveLength(found.length + found.flatMap(({ edges }) => edges).length);
  expect(found.map(({ effect }) => effect)).toEqual(wanted!.map(({ effect }) => effect));
  wanted!.forEach((one, index) => {
    const { principal, conditions, edges } = found[index]!;
    if (one.principal !== undefined) expect(principal).toBe(one.principal);
    for (const words of one.conditions ?? []) expect(conditions.join('\n')).toContain(words);
    const effects = (all: typeof edges) => Object.fromEntries(all.map(({ to, effect }) => [to, effect]));
    if (one.edges) expect(effects(edges)).toEqual(one.edges);
    if (one.edges) expect(effects(createGcpScope(estate).edgesOf(principal))).toEqual(one.named ?? one.edges);
  });
});

type Edge = { to: string; by: string; effect: string; inherited?: boolean };

cases<{ of: string }, Edge[]>('impersonation.yaml', ({ of, expect: wanted }, short) => {
  const edges = createGcpScope(estateOf(short)).edgesOf(of);
  const plain = edges.map(({ to, by, effect }) => ({ to, by, effect }));
  expect(plain).toEqual(wanted!.map(({ to, by, effect }) => ({ to, by, effect })));
  wanted!.forEach(({ inherited }, index) => {
    const edge = edges[index]!;
    expect(edge.from).toBe(`gcp:${of}`);
    if (inherited !== undefined) expect(edge.path.some((hop) => hop.inherited)).toBe(inherited);
    if (edge.effect === 'conditional') expect(edge.conditions).not.toEqual([]);
  });
});
