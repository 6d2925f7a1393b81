/** What holds for every estate, and how long large ones take. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateCel } from '../../../src/match/gcp/cel.ts';
import { parseCel } from '../../../src/match/gcp/cel-parse.ts';
import { createGcpScope } from '../../../src/scope/gcp/index.ts';
import { estateOf, type Short } from './estate.ts';

const AGENT = 'agent@p.iam.gserviceaccount.com';
const TREE = {
  'organizations/1': '',
  'folders/2': 'organizations/1',
  'projects/p': 'folders/2',
  'projects/q': 'organizations/1',
};
const NODES = Object.keys(TREE);
const PERMISSIONS = ['storage.objects.get', 'bigquery.tables.getData', 'iam.serviceAccounts.getAccessToken'];
const ROLES = { 'roles/a': [PERMISSIONS[0]!], 'roles/b': PERMISSIONS.slice(1), 'roles/c': PERMISSIONS };

const node = fc.constantFrom(...NODES);
const condition = fc.constantFrom(
  undefined,
  "resource.matchTag('1/env', 'prod')",
  'resource.service == "storage.googleapis.com"',
  'request.time < timestamp("2027-01-01T00:00:00Z")',
  'resource.service > 3',
  'no (CEL',
);
const principals = fc.subarray(
  [
    'principalSet://goog/public:all',
    'principalSet://goog/group/g@x.com',
    `principal://iam.googleapis.com/projects/-/serviceAccounts/${AGENT}`,
    'principalSet://cloudresourcemanager.googleapis.com/projects/123/type/ServiceAccount',
  ],
  { minLength: 1 },
);
const permissions = fc.subarray(
  [
    'storage.googleapis.com/objects.get',
    'bigquery.googleapis.com/*.*',
    'iam.googleapis.com/serviceAccounts.*',
  ],
  { minLength: 1 },
);
const denyRule = fc.record({ principals, permissions, if: condition }).map(({ if: expression, ...rest }) => ({
  ...rest,
  ...(expression === undefined ? {} : { if: expression }),
}));
const binding = fc
  .record({
    role: fc.constantFrom('roles/a', 'roles/b', 'roles/c', 'roles/unread'),
    members: fc.subarray(
      [`serviceAccount:${AGENT}`, 'group:g@x.com', 'allAuthenticatedUsers', 'domain:x.com'],
      { minLength: 1 },
    ),
    if: condition,
  })
  .map(({ if: expression, ...rest }) => ({
    ...rest,
    ...(expression === undefined ? {} : { if: expression }),
  }));
const boundary = fc.record({ target: node, resource: node, version: fc.constantFrom('1', '3', '4') });
const unread: fc.Arbitrary<string[]> = fc.subarray(
  NODES.flatMap((one) => ['iam-policy', 'deny-policies', 'policy-bindings'].map((part) => `${one}/${part}`)),
);
const estate = fc.record({
  allow: fc.dictionary(node, fc.array(binding, { maxLength: 3 })),
  deny: fc.dictionary(node, fc.array(denyRule, { maxLength: 2 })),
  unread: fc.oneof(fc.constant<string[]>([]), unread),
});
const question = fc.record({
  action: fc.constantFrom(...PERMISSIONS),
  resource: fc.constantFrom('projects/p', 'projects/q', 'folders/2', null),
});

const RANK = { deny: 0, 'cannot-tell': 1, conditional: 1, allow: 2 } as const;

function whole(short: Short): Short {
  return { tree: TREE, numbers: { 'projects/p': '123' }, accounts: [AGENT], roles: ROLES, ...short };
}

function rank(short: Short, { action, resource }: { action: string; resource: string | null }): number {
  const scope = createGcpScope(estateOf(whole(short)));
  return RANK[scope.decide({ principal: AGENT, action, resource, context: {} }).verdict];
}

const RUNS = { numRuns: 300 };

describe('decisions', () => {
  it('never gain by a deny policy', () => {
    fc.assert(
      fc.property(estate, node, denyRule, question, (short, where, rule, asked) => {
        const deny = { ...short.deny, [where]: [...(short.deny[where] ?? []), rule] };
        expect(rank({ ...short, deny }, asked)).toBeLessThanOrEqual(rank(short, asked));
      }),
      RUNS,
    );
  });

  it('never gain by the first access boundary', () => {
    fc.assert(
      fc.property(estate, boundary, question, (short, { target, resource, version }, asked) => {
        const boundaries = {
          one: { resources: [`//cloudresourcemanager.googleapis.com/${resource}`], version },
        };
        const bound = [{ policy: 'one', target: `//cloudresourcemanager.googleapis.com/${target}` }];
        expect(rank({ ...short, boundaries, bound }, asked)).toBeLessThanOrEqual(rank(short, asked));
      }),
      RUNS,
    );
  });

  it('never lose by a binding', () => {
    fc.assert(
      fc.property(estate, node, binding, question, (short, where, one, asked) => {
        const allow = { ...short.allow, [where]: [...(short.allow[where] ?? []), one] };
        expect(rank({ ...short, allow }, asked)).toBeGreaterThanOrEqual(rank(short, asked));
      }),
      RUNS,
    );
  });

  it('of less that was read are never more certain', () => {
    fc.assert(
      fc.property(estate, unread, question, (short, more, asked) => {
        const full = rank({ ...short, unread: [] }, asked);
        const less = rank({ ...short, unread: more }, asked);
        // What denies or grants in what was not read may be anything; allow needs all of it.
        if (less === 2) expect(full).toBe(2);
        if (full < 2) expect(less).toBeLessThan(2);
      }),
      RUNS,
    );
  });

  it('agree with the capabilities: what is allowed on a project is granted by one, unless all are conditional', () => {
    fc.assert(
      fc.property(estate, fc.constantFrom(...PERMISSIONS), (short, action) => {
        const scope = createGcpScope(estateOf(whole({ ...short, unread: [] })));
        const { verdict } = scope.decide({ principal: AGENT, action, resource: 'projects/p', context: {} });
        const granting = scope
          .capabilitiesOf(AGENT)
          .filter(({ allow, deny }) => covers(allow, action) && !covers(deny, action));
        if (verdict === 'allow') expect(granting.length).toBeGreaterThan(0);
        if (granting.some(({ effect }) => effect === 'allow')) expect(verdict).toBe('allow');
      }),
      RUNS,
    );
  });
});

function covers(
  patterns: ReturnType<ReturnType<typeof createGcpScope>['capabilitiesOf']>[number]['allow'],
  action: string,
): boolean {
  return patterns.some(
    (one) => one.type === 'cloud' && one.actions.includes(action) && one.resources.includes('projects/p'),
  );
}

describe('expressions', () => {
  it('of any text neither throw nor hang', () => {
    const word = fc.constantFrom(
      'resource.name',
      '(',
      ')',
      '[',
      ']',
      '&&',
      '||',
      '!',
      '==',
      'in',
      '"a"',
      "'",
      '.',
      'has',
      '?',
      ':',
      '1',
      '{',
      '\\',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 60 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const tree = parseCel(given);
        if (tree !== null) evaluateCel(tree, () => null);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['('.repeat(10_000)],
    [`${'!'.repeat(19_000)}true`],
    [`${'a.'.repeat(9_000)}b`],
    [`${'x || '.repeat(3_000)}x`],
    ['"'.repeat(20_000)],
  ])('long ones are bounded (%#)', (text) => {
    const start = process.cpuUsage();
    const tree = parseCel(text);
    if (tree !== null) evaluateCel(tree, () => null);
    expect(spent(start)).toBeLessThan(1);
  });
});

/** Seconds of this process: others may have the processor meanwhile. */
function spent(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

describe('large estates', () => {
  function large(bindings: number, accounts: number): Short {
    const emails = Array.from({ length: accounts }, (_, index) => `a${index}@p.iam.gserviceaccount.com`);
    return whole({
      accounts: emails,
      allow: {
        'projects/p': Array.from({ length: bindings }, (_, index) => ({
          role: index % 2 === 0 ? 'roles/a' : 'roles/b',
          members: [`serviceAccount:${emails[index % accounts]}`, `group:g${index % 50}@x.com`],
        })),
      },
      roles: { 'roles/a': ['storage.objects.get'], 'roles/b': ['storage.objects.list'] },
    });
  }

  function seconds(bindings: number, accounts: number): number {
    const estate = estateOf(large(bindings, accounts));
    const start = process.cpuUsage();
    const scope = createGcpScope(estate);
    for (const { email } of estate.serviceAccounts) {
      scope.capabilitiesOf(email);
      scope.edgesOf(email);
    }
    return spent(start);
  }

  it('10,000 bindings of 2,000 accounts in 2 s', () => {
    expect(seconds(10_000, 2000)).toBeLessThan(2);
  });

  it('more than 10,000 decisions a second', () => {
    const scope = createGcpScope(estateOf(large(10_000, 2000)));
    const ask = (index: number) =>
      scope.decide({
        principal: `a${index % 2000}@p.iam.gserviceaccount.com`,
        action: 'storage.objects.get',
        resource: 'projects/p',
        context: {},
      });
    for (let index = 0; index < 2000; index++) ask(index);
    const start = process.cpuUsage();
    for (let index = 0; index < 20_000; index++) ask(index);
    const rate = 20_000 / spent(start);
    console.info(`${Math.round(rate)} decisions/s`);
    expect(rate).toBeGreaterThan(10_000);
  });
});
