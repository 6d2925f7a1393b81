import { describe, expect, it } from 'vitest';
import type {
  Capability,
  ConfiguredPosture,
  ConfiguredWorkload,
  Pattern,
} from '../../src/model/configured.ts';
import type { LedgerEntry, LedgerWorkload } from '../../src/model/ledger.ts';
import { capabilitiesUsed } from '../../src/reconcile/agents.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { buildLedger } from '../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { AGENT, peer, type SegmentInput, segment } from './segments.ts';

const PRINCIPAL = 'system:serviceaccount:research:agent';

function workload(rest: Partial<ConfiguredWorkload> = {}): ConfiguredWorkload {
  return {
    id: AGENT,
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'research', name: 'agent', location: null },
    cluster: 'c1',
    namespace: 'research',
    kind: 'Deployment',
    name: 'agent',
    labels: {},
    podLabels: { app: 'agent' },
    serviceAccount: 'agent',
    principal: PRINCIPAL,
    hostNetwork: false,
    containers: [],
    mounts: [],
    declared: [],
    declares: { model: false, framework: false, library: false },
    schedule: null,
    egressPolicies: [],
    revision: null,
    ...rest,
  };
}

function capability(rest: Partial<Capability> & Pick<Capability, 'kind' | 'summary'>): Capability {
  return {
    id: `${rest.kind}:${rest.summary}`,
    holder: { type: 'workload', id: AGENT },
    allow: [],
    deny: [],
    conditions: [],
    effect: 'allow',
    origin: 'direct',
    path: [{ object: `Object ${rest.summary}`, ref: null, field: 'spec', why: '', inherited: false }],
    source: 'workloads',
    ...rest,
  };
}

function cidr(block: string, action: 'allow' | 'deny' = 'allow'): Capability {
  const pattern: Pattern = {
    type: 'network',
    direction: 'egress',
    tier: 'namespace',
    priority: 0,
    action,
    policyNamespace: 'research',
    peers: block === '' ? null : [{ type: 'ip-block', cidr: block, except: [] }],
    ports: null,
  };
  const grants = action === 'allow';
  return capability({
    kind: 'egress',
    summary: grants ? `egress to ${block}` : 'isolated',
    effect: grants ? 'allow' : 'deny',
    allow: grants ? [pattern] : [],
    deny: grants ? [] : [pattern],
  });
}

const secret = capability({
  kind: 'secret-read',
  summary: 'Secret db',
  allow: [{ type: 'path', prefix: '/etc/db' }],
});
const token = capability({
  kind: 'credential-source',
  summary: 'token',
  allow: [{ type: 'path', prefix: '/run/secrets/kubernetes.io/serviceaccount/token' }],
});
const permission = capability({
  kind: 'kubernetes-action',
  summary: 'get secrets',
  holder: { type: 'principal', id: PRINCIPAL },
});
const declared = (kind: 'model' | 'library', name: string, version: string | null = null) =>
  capability({
    kind,
    summary: `${kind} ${name}`,
    allow: [{ type: 'artifact', name, version, purl: null, path: null }],
  });

function posture(capabilities: Capability[], rest: Partial<ConfiguredWorkload> = {}): ConfiguredPosture {
  return {
    cluster: 'c1',
    origin: 'exports',
    readAt: null,
    workloads: [workload(rest)],
    capabilities,
    namespaces: [],
    coverage: [],
    warnings: [],
  };
}

function ledgerOf(
  capabilities: Capability[] | null,
  seen: SegmentInput | null,
  rest: Partial<ConfiguredWorkload> = {},
): LedgerWorkload {
  const history = createHistory();
  if (seen) history.add(segment(seen));
  const ledger = buildLedger({
    configured: capabilities && posture(capabilities, rest),
    observed: seen && history.finish(),
    baseline: null,
    thresholds: DEFAULT_THRESHOLDS,
  });
  expect(ledger.workloads).toHaveLength(1);
  return ledger.workloads[0]!;
}

const entry = (view: LedgerWorkload, kind: string, subject: string): LedgerEntry => {
  const found = view.entries.filter((one) => one.kind === kind && one.subject === subject);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const file = (subject: string, rest = {}) => ({
  kind: 'file-access',
  subject,
  source: 'sensor:file',
  ...rest,
});

describe('egress', () => {
  const dial = (subject: string) => ({ kind: 'egress', subject });

  it('names the rule that allowed a destination, and the ones that none fell under', () => {
    const view = ledgerOf([cidr('203.0.113.0/24'), cidr('198.51.100.0/24'), cidr('', 'deny')], {
      rows: [dial('tcp/203.0.113.9:443'), dial('tcp/192.0.2.1:443')],
      peers: [peer('tcp/203.0.113.9:443'), peer('tcp/192.0.2.1:443')],
    });
    expect(entry(view, 'egress', 'tcp/203.0.113.9:443')).toMatchObject({
      configured: 'yes',
      exercised: 'yes',
      decidedBy: 'Object egress to 203.0.113.0/24 spec',
    });
    expect(entry(view, 'egress', 'tcp/192.0.2.1:443').configured).toBe('no');
    expect(entry(view, 'egress', 'egress to 198.51.100.0/24')).toMatchObject({
      configured: 'yes',
      exercised: 'no',
      observed: null,
    });
    // Denials are no capability to lose.
    expect(view.entries.filter(({ subject }) => subject === 'isolated')).toEqual([]);
    expect(capabilitiesUsed(view)).toEqual({ used: 1, configured: 2 });
  });

  it('does not know where the peer is not known', () => {
    const pods: Capability = capability({
      kind: 'egress',
      summary: 'egress to pods',
      allow: [
        {
          type: 'network',
          direction: 'egress',
          tier: 'namespace',
          priority: 0,
          action: 'allow',
          policyNamespace: 'research',
          peers: [
            {
              type: 'pods',
              namespaceSelector: null,
              podSelector: { matchLabels: { app: 'db' }, matchExpressions: [] },
            },
          ],
          ports: null,
        },
      ],
    });
    const view = ledgerOf([pods, cidr('', 'deny')], {
      rows: [dial('tcp/10.1.2.3:5432')],
      peers: [peer('tcp/10.1.2.3:5432', { resolution: 'unresolved' })],
    });
    expect(entry(view, 'egress', 'tcp/10.1.2.3:5432').configured).toBe('unknown');
    expect(entry(view, 'egress', 'egress to pods')).toMatchObject({
      exercised: 'unknown',
      decidedBy: expect.stringContaining('tcp/10.1.2.3:5432'),
    });
    expect(capabilitiesUsed(view)).toEqual({ used: 0, configured: 0 });
  });

  it('does not call a rule unused whose destinations were folded', () => {
    const view = ledgerOf([cidr('198.51.100.0/24')], {
      folded: [{ kind: 'egress', subjects: 5000, templates: 9 }],
    });
    expect(entry(view, 'egress', 'egress to 198.51.100.0/24')).toMatchObject({
      exercised: 'unknown',
      decidedBy: expect.stringContaining('5000 subjects of egress were folded'),
    });
  });
});

describe('credentials', () => {
  it('are used by reading a file below the mount, also through ..data', () => {
    const view = ledgerOf([secret, token], {
      rows: [
        file('r:/etc/db/..data/password', { count: 3 }),
        file('r:/etc/db/user', { count: 2 }),
        file('r:/etc/dbs/x'),
      ],
    });
    expect(entry(view, 'secret-read', 'Secret db')).toMatchObject({
      exercised: 'yes',
      observed: { count: 5 },
    });
    expect(entry(view, 'file-access', 'r:/etc/db/user')).toMatchObject({
      configured: 'yes',
      capabilities: [secret],
    });
    expect(entry(view, 'file-access', 'r:/etc/dbs/x').configured).toBe('unknown');
    expect(entry(view, 'credential-source', 'token')).toMatchObject({ exercised: 'no', observed: null });
    expect(capabilitiesUsed(view)).toEqual({ used: 1, configured: 2 });
  });

  it.each([
    ['an open that failed', file('r:/etc/db/password', { count: 2, errors: 2 }), 'no'],
    ['a write', file('w:/etc/db/password'), 'no'],
    [
      'a relative path of an unknown directory',
      file('r:password', { context: 'unresolved-path' }),
      'unknown',
    ],
  ])('are not used by %s', (_, row, exercised) => {
    expect(entry(ledgerOf([secret], { rows: [row] }), 'secret-read', 'Secret db').exercised).toBe(exercised);
  });

  it('may be hidden by a folded path above the mount, and by none elsewhere', () => {
    const folded = [{ kind: 'file-access', subjects: 2000, templates: 3 }];
    const of = (subject: string) => ledgerOf([secret], { rows: [file(subject)], folded });
    expect(entry(of('r:/etc/**'), 'secret-read', 'Secret db').exercised).toBe('unknown');
    expect(entry(of('r:/usr/lib/**'), 'secret-read', 'Secret db').exercised).toBe('no');
  });

  it('in environment variables cannot be judged', () => {
    const environment = capability({
      kind: 'credential-source',
      summary: 'env',
      conditions: ['read without a system call'],
    });
    expect(entry(ledgerOf([environment], {}), 'credential-source', 'env')).toMatchObject({
      exercised: 'unknown',
      decidedBy: 'read without a system call',
    });
  });
});

describe('the cluster identity', () => {
  const api = 'tcp/10.96.0.1:443';
  const apiPeer = peer(api, {
    resolution: 'service',
    namespace: 'default',
    name: 'kubernetes',
    backends: ['172.18.0.2:6443'],
  });
  const read = file('r:/run/secrets/kubernetes.io/serviceaccount/token');
  const call = { kind: 'egress', subject: api, count: 7 };
  const hop = (rows: SegmentInput['rows'], peers = [apiPeer]) =>
    entry(ledgerOf([token, permission], { rows: rows!, peers }), 'identity-hop', PRINCIPAL);

  it('is in use when the token was read and the API server contacted', () => {
    expect(hop([read, call])).toMatchObject({
      exercised: 'yes',
      observed: { count: 7 },
      capabilities: [permission],
    });
    const view = ledgerOf([token, permission], { rows: [read, call], peers: [apiPeer] });
    expect(entry(view, 'kubernetes-action', 'get secrets')).toMatchObject({
      exercised: 'unknown',
      decidedBy: expect.stringContaining('audit log'),
    });
  });

  it('is in use also by the address behind the Service', () => {
    const direct = { kind: 'egress', subject: 'tcp/172.18.0.2:6443' };
    expect(hop([read, call, direct], [apiPeer, peer(direct.subject, { resolution: 'node' })]).exercised).toBe(
      'yes',
    );
  });

  it.each([
    ['nothing was done', [], 'no'],
    ['only the token was read', [read], 'no'],
    ['only the API server was contacted', [call], 'unknown'],
    [
      'the token was read and a peer is not known',
      [read, { kind: 'egress', subject: 'tcp/10.0.0.9:443' }],
      'unknown',
    ],
  ])('when %s', (_, rows, exercised) => {
    expect(hop(rows).exercised).toBe(exercised);
  });
});

describe('artifacts', () => {
  const loaded = { kind: 'library', subject: 'requests', source: 'sensor:file' };
  const detail = (rest = {}) => ({ kind: 'library', subject: 'requests', version: '2.32.0', ...rest });

  it('are declared, undeclared, or not said anything about', () => {
    const of = (declares: boolean, capabilities: Capability[]) =>
      ledgerOf(
        capabilities,
        { rows: [loaded], artifacts: [detail()] },
        {
          declares: { model: false, framework: false, library: declares },
        },
      );
    expect(entry(of(true, [declared('library', 'Requests')]), 'library', 'requests').configured).toBe('yes');
    expect(entry(of(true, [declared('library', 'flask')]), 'library', 'requests').configured).toBe('no');
    expect(entry(of(false, []), 'library', 'requests').configured).toBe('unknown');
  });

  it.each([
    ['gpt-4o-2024-08-06', null, 'yes'],
    ['gpt-4o', null, 'yes'],
    ['GPT-4o', '2024-08-06', 'yes'],
    ['gpt-4o', '2024-11-20', 'no'],
    ['openai/gpt-4o', null, 'yes'],
    ['azure/gpt-4o', null, 'no'],
    ['gpt-4', null, 'no'],
  ])(
    'that answered from elsewhere are declared by name, provider and date: %s %s',
    (name, version, configured) => {
      const subject = 'remote:openai/gpt-4o-2024-08-06';
      const capabilities = [declared('model', name, version)];
      const view = ledgerOf(
        capabilities,
        { rows: [{ kind: 'model', subject, source: 'sensor:tls' }] },
        { declares: { model: true, framework: false, library: false } },
      );
      expect(entry(view, 'model', subject).configured).toBe(configured);
      const unloaded = view.entries.filter((one) => one.kind === 'model' && one.observed === null);
      expect(unloaded).toHaveLength(configured === 'yes' ? 0 : 1);
    },
  );

  it('that were declared or installed and not loaded are listed as such', () => {
    const view = ledgerOf([declared('library', 'flask')], {
      rows: [loaded],
      artifacts: [detail(), { kind: 'library', subject: 'boto3', version: '1.0', state: 'installed' }],
      epochs: [{ hash: 'h', members: ['pkg:pypi/requests@2.32.0', 'pkg:pypi/torch@2.4.0'] }],
    });
    expect(entry(view, 'library', 'library flask')).toMatchObject({ exercised: 'no', observed: null });
    expect(entry(view, 'library', 'boto3@1.0')).toMatchObject({ exercised: 'no', capabilities: [] });
    expect(entry(view, 'library', 'torch@2.4.0').decidedBy).toMatch(/^installed: \/app/);
    expect(view.entries.filter(({ subject }) => subject.startsWith('requests@'))).toEqual([]);
  });

  it('merely installed are not loaded, whatever row says their name', () => {
    const view = ledgerOf([], { rows: [loaded], artifacts: [detail({ state: 'installed' })] });
    expect(entry(view, 'library', 'requests@2.32.0').exercised).toBe('no');
  });
});

describe('a missing side', () => {
  it('leaves what was seen unknown to configuration', () => {
    const view = ledgerOf(null, { rows: [{ kind: 'egress', subject: 'tcp/1.2.3.4:1' }, file('r:/etc/x')] });
    expect(view).toMatchObject({ label: 'research/agent', configured: null });
    for (const one of view.entries)
      expect(one).toMatchObject({
        configured: 'unknown',
        decidedBy: expect.stringMatching(/no configured posture/),
      });
  });

  it('leaves what is configured unknown to operation, and never unused', () => {
    const all = [cidr('203.0.113.0/24'), secret, token, permission, declared('model', 'm')];
    const view = ledgerOf(all, null);
    for (const one of view.entries) expect(one).toMatchObject({ exercised: 'unknown', observed: null });
    expect(view.convergence.artifact).toEqual({ state: 'insufficient', why: 'no snapshot of this workload' });
    expect(capabilitiesUsed(view)).toEqual({ used: 0, configured: all.length });
  });

  it('also where only iterators ran', () => {
    const view = ledgerOf([secret], { mode: 'now', rows: [file('r:/usr/x')] });
    expect(entry(view, 'secret-read', 'Secret db')).toMatchObject({
      exercised: 'unknown',
      decidedBy: expect.stringContaining('--now'),
    });
  });
});

describe('the join of workloads', () => {
  const observe = (...ids: string[]) => {
    const history = createHistory();
    ids.forEach((id, sequence) => {
      history.add(
        segment({
          sequence,
          bootId: `b${sequence}`,
          rows: [{ workload: id, kind: 'egress', subject: 'tcp/1.1.1.1:1' }],
        }),
      );
    });
    return history.finish();
  };
  const build = (cluster: string | null, ...ids: string[]) => {
    const id = AGENT.replace('c1', cluster ?? '-');
    const configured = { ...posture([]), cluster, workloads: [workload({ id, cluster })] };
    return buildLedger({
      configured,
      observed: observe(...ids),
      baseline: observe(...ids),
      thresholds: DEFAULT_THRESHOLDS,
    });
  };
  const both = (ledger: ReturnType<typeof build>) =>
    ledger.workloads.filter((one) => one.configured && one.observed);

  it('takes an unknown cluster on either side for the known one', () => {
    for (const ledger of [build('c1', AGENT), build(null, AGENT), build('c1', AGENT.replace('c1', '-'))]) {
      expect(both(ledger).map(({ id }) => id)).toEqual([AGENT]);
      expect(ledger.baselineOf.get(AGENT)).toBeDefined();
    }
  });

  it('keeps clusters apart that are known to differ', () => {
    const ledger = build('c2', AGENT);
    expect(both(ledger)).toEqual([]);
    expect(ledger.workloads).toHaveLength(2);
  });

  it('joins nothing where two would do, and says so', () => {
    const ledger = build(null, AGENT, AGENT.replace('c1', 'c9'));
    expect(both(ledger)).toEqual([]);
    expect(ledger.notes.join()).toMatch(/2 observed workloads of that name/);
  });
});
