import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { networkPolicy } from '../../src/derive/network-policy.ts';
import { capabilitiesUnder } from '../../src/derive/network-reread.ts';
import { createDestinations } from '../../src/match/destination.ts';
import { egressVerdict } from '../../src/match/egress.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { runs } from '../fuzz.ts';
import {
  allows,
  at,
  cidr,
  type Dialled,
  DNS,
  deployment,
  networkLedger,
  pod,
  pods,
  port,
  service,
} from './estates.ts';
import { CONVERGING, workload } from './ledgers.ts';

const OPTIONS = { now: '2026-11-21T05:00:00.000Z', thresholds: DEFAULT_THRESHOLDS };
const FILE = new URL('../../fixtures/derive/networkpolicy/report-agent.yaml', import.meta.url).pathname;

function derive(ledger: Ledger, findings: readonly Finding[] = []) {
  const destinationOf = createDestinations(ledger.configured);
  return networkPolicy(ledger.workloads[0]!, { ledger, findings, destinationOf, options: OPTIONS })!;
}

type Egress = { to: Record<string, unknown>[]; ports: { protocol: string; port: number }[] }[];
const egressOf = (document: string | null): Egress => parse(document ?? '').spec.egress;

const GATEWAY = service(
  'tcp/10.96.0.20:443',
  'llm',
  'llm-gateway',
  { app: 'llm-gateway', 'pod-template-hash': 'x1' },
  '10.1.2.3:8443',
  '10.1.2.4:8443',
);
const DATABASE = pod('tcp/10.1.4.4:6333', 'research', {
  app: 'vector-db',
  'app.kubernetes.io/version': '1.2',
});
const API = service('tcp/10.96.0.1:443', 'default', 'kubernetes', {}, '172.18.0.2:6443');
const KUBE_DNS = service(
  'udp/10.96.0.10:53',
  'kube-system',
  'kube-dns',
  { 'k8s-app': 'kube-dns' },
  '10.1.9.9:53',
);
const SEARCH = at('tcp/93.184.216.34:443', 'external');
const NODE = at('tcp/172.18.0.3:9100', 'node');
const HOSTED = at('tcp/172.18.0.4:4317', 'host-network');
const LOOPBACK = at('tcp/127.0.0.1:3000', 'loopback');

/** Wide enough for everything above. */
const WIDE = allows('report-agent', [
  DNS,
  [[pods('llm', { app: 'llm-gateway' })], [port(8443)]],
  [[pods('research', { app: 'vector-db' }), pods('web', {})], [port(6333)]],
  [[cidr('0.0.0.0/0')], null],
]);
const ALL = [GATEWAY, DATABASE, API, KUBE_DNS, SEARCH, NODE, HOSTED, LOOPBACK];
const sample = (more: Partial<Parameters<typeof networkLedger>[0]> = {}) =>
  networkLedger({ policies: [WIDE], dialled: ALL, ...more });

describe('NetworkPolicy', () => {
  it('reads as filed, and is derived', async () => {
    const policy = derive(sample());
    expect(policy).toMatchObject({
      status: 'derived',
      reason: null,
      fileName: 'research-report-agent.networkpolicy.yaml',
    });
    await expect(policy.document).toMatchFileSnapshot(FILE);
  });

  it('proves itself: everything observed is allowed, nothing is added', () => {
    const policy = derive(sample());
    expect(policy.replay).toEqual({ checked: ALL.length - 1, denied: [] });
    expect(policy.subset).toEqual({ state: 'yes', detail: [] });
    expect(policy.removes).toEqual([
      expect.stringMatching(/^egress to .*pods.* in .*web/),
      expect.stringMatching(/^narrows .*0\.0\.0\.0\/0/),
    ]);
  });

  it('leaves out a node that only its own pods may reach today', () => {
    const narrow = allows('narrow', [DNS, [[pods('llm', { app: 'llm-gateway' })], [port(8443)]]]);
    const policy = derive(sample({ policies: [narrow], dialled: [GATEWAY, NODE] }));
    expect(policy.review).toEqual([expect.stringMatching(/172\.18\.0\.3:9100.*needs no rule/)]);
    expect(policy.document).not.toContain('172.18.0.3');
    expect(policy.subset).toEqual({ state: 'yes', detail: [] });
    const wide = derive(sample({ dialled: [GATEWAY, NODE] }));
    expect(wide.document).toContain('172.18.0.3/32');
  });

  it('names pods by labels that outlive a rollout, and a Service by the port of its backends', () => {
    const rules = egressOf(derive(sample({ dialled: [GATEWAY, DATABASE] })).document);
    expect(rules.slice(1)).toEqual([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'llm' } },
            podSelector: { matchLabels: { app: 'llm-gateway' } },
          },
        ],
        ports: [{ port: 8443, protocol: 'TCP' }],
      },
      {
        to: [{ podSelector: { matchLabels: { app: 'vector-db' } } }],
        ports: [{ port: 6333, protocol: 'TCP' }],
      },
    ]);
  });

  it('writes labels that stay strings for readers of YAML 1.1 and 1.2', () => {
    const labels = {
      a: 'yes',
      b: '1e3',
      c: '2026-12-21',
      d: '0o17',
      e: '0x1f',
      f: 'null',
      on: '1_000',
      g: '~',
    };
    const { document } = derive(sample({ dialled: [pod('tcp/10.1.4.4:80', 'web', labels)] }));
    for (const version of ['1.1', '1.2'] as const) {
      const parsed = parse(document!, { version });
      expect(parsed.spec.egress[1].to[0].podSelector.matchLabels).toEqual(labels);
      expect(parsed.metadata.annotations['ai-spm.dev/expires']).toBe('2026-12-21T05:00:00.000Z');
    }
  });

  it('allows and denies as an independent evaluator reads it', () => {
    const ledger = sample({ dialled: [GATEWAY, SEARCH] });
    const under = capabilitiesUnder(derive(ledger).document!, ledger.workloads[0]!.configured!);
    const ask = (dialled: Dialled) => {
      const { row: _, ...peer } = dialled;
      const destination = createDestinations(ledger.configured)(dialled.subject, {
        resolution: 'unresolved',
        namespace: null,
        name: null,
        labels: {},
        backends: [],
        ...peer,
      });
      return egressVerdict(under, destination!).verdict;
    };
    expect(ask(GATEWAY)).toBe('allow');
    expect(ask({ ...GATEWAY, backends: ['10.1.2.99:8443'] })).toBe('allow');
    expect(ask({ ...GATEWAY, backends: ['10.1.2.3:9999'] })).toBe('deny');
    expect(ask({ ...GATEWAY, labels: { app: 'other' } })).toBe('deny');
    expect(ask({ ...GATEWAY, namespace: 'web' })).toBe('deny');
    expect(ask(at('tcp/93.184.216.35:443', 'external'))).toBe('deny');
    expect(ask(at('tcp/93.184.216.34:80', 'external'))).toBe('deny');
    expect(ask(KUBE_DNS)).toBe('allow');
  });
});

describe('name resolution', () => {
  const dnsPorts = [
    { protocol: 'TCP', port: 53 },
    { protocol: 'UDP', port: 53 },
  ].map((p) => expect.objectContaining(p));

  it('is allowed when nothing at all was seen', () => {
    const [first, ...rest] = egressOf(derive(sample({ dialled: [] })).document);
    expect(first!.ports).toEqual(dnsPorts);
    expect(JSON.stringify(first!.to)).toContain('kube-dns');
    expect(rest).toEqual([]);
  });

  it('is kept below the threshold, on pods with other labels and on the node too', () => {
    const once = { row: { count: 1, sessions: 1 } };
    const other = service('udp/10.96.0.11:53', 'kube-system', 'dns', { app: 'coredns' }, '10.1.9.8:1053');
    const dialled = [
      { ...KUBE_DNS, ...once },
      { ...other, ...once },
      { ...at('udp/169.254.20.10:53', 'unresolved'), ...once },
    ];
    const policies = [allows('a', [DNS, [[cidr('169.254.0.0/16'), pods('kube-system', {})], null]])];
    // A Service port of 53 and a backend port of 1053: the backend port counts.
    const policy = derive(sample({ policies, dialled }));
    expect(policy.replay).toEqual({ checked: 3, denied: [] });
    expect(policy.review).toEqual([]);
    expect(policy.document).toContain('cidr: 169.254.20.10/32');
  });

  it('has one rule, also where its pods carry more labels', () => {
    const labels = { 'k8s-app': 'kube-dns', 'app.kubernetes.io/name': 'coredns' };
    const coredns = service('udp/10.96.0.10:53', 'kube-system', 'kube-dns', labels, '10.1.9.9:53');
    expect(egressOf(derive(sample({ dialled: [coredns] })).document)).toHaveLength(1);
  });

  it('outside the cluster is a destination like others', () => {
    const policy = derive(
      sample({ dialled: [{ ...at('udp/8.8.8.8:53', 'external'), row: { count: 1, sessions: 1 } }] }),
    );
    expect(policy.document).not.toContain('8.8.8.8');
    expect(policy.review).toEqual([expect.stringContaining('8.8.8.8')]);
  });

  it.each(['external', 'unresolved'] as const)(
    '%s and rare is never cut unseen: a person decides',
    (what) => {
      const once = { row: { count: 1, sessions: 1 } };
      const policy = derive(sample({ dialled: [GATEWAY, { ...at('udp/10.9.9.9:53', what), ...once }] }));
      expect(policy).toMatchObject({
        status: 'review',
        reason: expect.stringMatching(/1 destination in use is/),
      });
      expect(policy.review).toEqual([expect.stringContaining('it may be how names are resolved')]);
    },
  );

  it('is told where the configuration did not grant it', () => {
    const policy = derive(sample({ policies: [allows('none', [])], dialled: [] }));
    expect(policy.subset.state).toBe('no');
    expect(policy.subset.detail.every((text) => text.startsWith('name resolution, always allowed'))).toBe(
      true,
    );
    expect(policy.status).toBe('derived');
  });
});

describe('what a person has to see first', () => {
  const cases: [string, Partial<Parameters<typeof networkLedger>[0]>, RegExp][] = [
    [
      'behavior that has not converged',
      { workload: { convergence: { ...workload().convergence, behavior: CONVERGING } } },
      /behavior is converging/,
    ],
    ['a --now snapshot', { observed: { nowOnly: true } }, /one moment/],
    [
      'nine nodes of ten without a sensor',
      { observed: { coverage: { network: { existedMs: 140 * 86_400_000 } } } },
      /network probes covered \d+ % of its running time/,
    ],
    [
      'days without a segment',
      { observed: { coveredMs: 7 * 86_400_000 } },
      /segments cover 50 % of the window/,
    ],
    [
      'unattached network probes',
      { observed: { coverage: { network: { attachedSince: null } } } },
      /not attached/,
    ],
    [
      'lost network events',
      { observed: { coverage: { network: { lost: 7 } } } },
      /7 network events were lost/,
    ],
    [
      'an unresolved peer',
      { dialled: [at('tcp/10.1.7.7:8080', 'unresolved')] },
      /1 destination in use is left out/,
    ],
    ['a peer that nobody recorded', { dialled: [{ subject: 'tcp/10.1.7.7:8080' }] }, /left out/],
    ['pods without a lasting label', { dialled: [pod('tcp/10.1.7.7:8080', 'llm', {})] }, /left out/],
    [
      'a Service without backends',
      { dialled: [service('tcp/10.96.0.9:80', 'llm', 'gone', { app: 'gone' })] },
      /left out/,
    ],
    [
      'another workload under the same labels',
      { others: [deployment('research', 'twin', { app: 'report-agent', tier: 'x' })] },
      /also selects Deployment twin/,
    ],
  ];

  it.each(cases)('%s', (_, setting, reason) => {
    const policy = derive(sample(setting));
    expect(policy.status).toBe('review');
    expect(policy.reason).toMatch(reason);
    expect(policy.document).toContain('REVIEW ONLY, do not enforce');
    expect(policy.document).toContain('ai-spm.dev/status: review');
  });

  it('keeps an unresolved peer on the list and out of the document', () => {
    const policy = derive(sample({ dialled: [at('tcp/10.1.7.7:8080', 'unresolved')] }));
    expect(policy.review).toEqual([expect.stringMatching(/10\.1\.7\.7.*pod addresses are reused/)]);
    expect(policy.document).not.toContain('10.1.7.7');
  });

  it('says which rules a destination that was never allowed would add', () => {
    const ledger = sample({ policies: [allows('narrow', [DNS])], dialled: [SEARCH] });
    const policy = derive(ledger);
    expect(policy.review).toEqual([expect.stringMatching(/93\.184\.216\.34.*attempts/)]);
    expect(policy.document).not.toContain('93.184.216.34');
    expect(policy.status).toBe('derived');
  });

  it('does not know what it adds without a configuration', () => {
    const ledger = sample({ workload: { configured: null, capabilities: [] } });
    const policy = derive({ ...ledger, configured: null });
    expect(policy.subset.state).toBe('unknown');
    expect(policy.replay.denied).toEqual([]);
  });
});

describe('confidence', () => {
  it.each([
    [6, 4, true],
    [5, 4, false],
    [6, 3, false],
  ])('%i times in %i sessions: %s', (count, sessions, included) => {
    const policy = derive(sample({ dialled: [{ ...SEARCH, row: { count, sessions } }] }));
    expect(policy.document!.includes('93.184.216.34/32')).toBe(included);
    expect(policy.review.length).toBe(included ? 0 : 1);
    expect(policy.status).toBe('derived');
  });
});

describe('refusals', () => {
  it('of the host network', () => {
    const policy = derive(sample({ hostNetwork: true }));
    expect(policy).toMatchObject({
      status: 'refused',
      document: null,
      reason: expect.stringContaining('network of the node'),
    });
  });

  it('of pods without a lasting label', () => {
    expect(derive(sample({ labels: { 'pod-template-hash': 'x' } })).status).toBe('refused');
  });

  it('of what does not run in Kubernetes', () => {
    const ledger = networkLedger({
      policies: [],
      dialled: [SEARCH],
      workload: { id: 'host:m/unit/agent.service', configured: null },
    });
    expect(derive(ledger).status).toBe('refused');
  });

  const finding = (kind: Finding['kind'], more: Partial<Finding> = {}) =>
    ({ id: 'f1f1f1f1f1', kind, gap: 2, workload: workload().id, shift: null, ...more }) as Finding;

  it('of traffic that only a policy of the cluster allows', () => {
    const admin = allows('open', [[[cidr('93.184.216.0/24')], null]], {
      tier: 'admin',
      ref: {
        apiVersion: 'policy.networking.k8s.io/v1alpha1',
        kind: 'AdminNetworkPolicy',
        namespace: null,
        name: 'open',
        location: null,
      },
    });
    const ledger = sample({
      policies: [allows('own', [DNS, [[pods('llm', { app: 'llm-gateway' })], null]]), admin],
      dialled: [SEARCH, GATEWAY],
    });
    const policy = derive(ledger, [finding('foreign-policy-egress')]);
    expect(policy.document).not.toContain('93.184.216.34');
    expect(policy.document).toContain('llm-gateway');
    expect(policy.review).toEqual([expect.stringMatching(/93\.184\.216\.34.*refused.*\[G2\] f1f1f1f1f1/)]);
    expect(policy.status).toBe('review');
  });

  it('of a destination whose share rose, not of one whose share fell', () => {
    const movers = [
      { subject: SEARCH.subject, window: 0.4, baseline: 0.1 },
      { subject: GATEWAY.subject, window: 0.3, baseline: 0.6 },
    ];
    const shift = { movers } as unknown as NonNullable<Finding['shift']>;
    const policy = derive(sample({ dialled: [SEARCH, GATEWAY] }), [
      finding('destination-shift', { gap: 3, shift }),
    ]);
    expect(policy.document).not.toContain('93.184.216.34');
    expect(policy.document).toContain('llm-gateway');
    expect(policy.review).toEqual([expect.stringContaining('[G3] f1f1f1f1f1')]);
  });

  it('of enforcing where no policy governs it, until somebody agreed', () => {
    const policy = derive(sample({ policies: [] }), [finding('unpoliced-egress')]);
    expect(policy.status).toBe('review');
    expect(policy.reason).toContain('never agreed on');
    expect(policy.replay.denied).toEqual([]);
  });
});

describe('any traffic', () => {
  const octet = fc.integer({ min: 1, max: 250 });
  const address = fc.oneof(
    fc.tuple(octet, octet).map(([a, b]) => `10.1.${a}.${b}`),
    fc.integer({ min: 1, max: 0xffff }).map((n) => `[fd00::${n.toString(16)}]`),
  );
  const subject = fc
    .tuple(fc.constantFrom('tcp', 'udp'), address, fc.integer({ min: 1, max: 65535 }))
    .map(([p, a, n]) => `${p}/${a}:${n}`);
  const labels = fc.dictionary(
    fc.constantFrom('app', 'tier', 'pod-template-hash', '__proto__', 'a.b/c'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    { maxKeys: 3 },
  );
  const dialled = fc.record({
    subject,
    resolution: fc.constantFrom(
      'pod',
      'service',
      'node',
      'host-network',
      'external',
      'loopback',
      'unresolved',
    ),
    namespace: fc.constantFrom('research', 'llm', 'web'),
    name: fc.string({ unit: 'binary', maxLength: 20 }),
    labels,
    backends: fc.array(
      fc.tuple(address, fc.integer({ min: 1, max: 65535 })).map(([a, n]) => `${a}:${n}`),
      { maxLength: 3 },
    ),
    row: fc.record({ count: fc.integer({ min: 1, max: 9 }), sessions: fc.integer({ min: 1, max: 6 }) }),
  }) satisfies fc.Arbitrary<Dialled>;

  it('gives a policy that allows all that it includes, and adds nothing; every destination is in it or on the list', () => {
    fc.assert(
      fc.property(fc.uniqueArray(dialled, { maxLength: 8, selector: (d) => d.subject }), (all) => {
        const policies = [allows('wide', [[null, null]])];
        const policy = derive(sample({ policies, dialled: all }));
        expect(policy.replay.denied).toEqual([]);
        expect(policy.subset.state).toBe('yes');
        const outside = all.filter(({ resolution }) => resolution !== 'loopback');
        expect(policy.replay.checked + policy.review.length).toBe(outside.length);
        expect(egressOf(policy.document)[0]!.ports).toHaveLength(2);
      }),
      runs(200),
    );
  });

  it('is found out by the replay when a rule is missing', () => {
    const ledger = sample();
    const { document } = derive(ledger);
    const parsed = parse(document!);
    for (let i = 1; i < parsed.spec.egress.length; i++) {
      const without = { ...parsed, spec: { ...parsed.spec, egress: parsed.spec.egress.toSpliced(i, 1) } };
      const under = capabilitiesUnder(JSON.stringify(without), ledger.workloads[0]!.configured!);
      const peers = ledger.workloads[0]!.observed!.peers;
      const verdicts = ALL.map(
        (d) =>
          egressVerdict(under, createDestinations(ledger.configured)(d.subject, peers.get(d.subject))!)
            .verdict,
      );
      // A node may be the pod's own one, which no policy denies.
      expect(verdicts.filter((verdict) => verdict !== 'allow')).not.toEqual([]);
    }
  });
});
