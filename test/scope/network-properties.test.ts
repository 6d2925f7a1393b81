/** What holds of any policies: denying never opens, allowing never closes what is isolated, order means nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESOURCES } from '../../src/model/kubernetes.ts';
import type { Answer } from '../../src/model/query.ts';
import { createNetworkScope } from '../../src/scope/network-answer.ts';
import { sourceOfPod } from '../../src/scope/network-source.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: object;
};

const NAMESPACES = ['a', 'b'];
const APPS = ['x', 'y', 'z'];
const PODS = NAMESPACES.flatMap((namespace) => APPS.map((app) => ({ namespace, app })));
const RANK: Record<Answer['verdict'], number> = { deny: 0, 'cannot-tell': 1, conditional: 1, allow: 2 };

function cluster(): object[] {
  const namespaces = NAMESPACES.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { team: name, 'istio-injection': 'enabled' } },
  }));
  const pods = PODS.map(({ namespace, app }, at) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: app, namespace, uid: `u${at}`, labels: { app } },
    spec: {
      serviceAccountName: app,
      containers: [
        { name: 'main', image: 'i', ports: [{ name: 'http', containerPort: 80 }] },
        { name: 'istio-proxy' },
      ],
    },
    status: { phase: 'Running', podIP: `10.1.0.${at + 1}` },
  }));
  return [...namespaces, ...pods];
}

function verdicts(policies: readonly Manifest[]): Answer[] {
  const builder = createEstateBuilder(null);
  for (const object of [...cluster(), ...policies]) builder.add(object, null);
  const coverage = RESOURCES.map((resource) => ({
    source: `kubernetes:${resource}`,
    resource,
    namespaces: null,
    status: 'read' as const,
    objects: 1,
    reason: null,
  }));
  const estate = builder.finish({ origin: '', readAt: null, coverage });
  expect(estate.warnings).toEqual([]);
  const scope = createNetworkScope(estate);
  return estate.pods.flatMap((from) => [
    ...PODS.flatMap(({ namespace, app }) =>
      [80, 81].map((port) => scope.decide(sourceOfPod(from), { pod: `${namespace}/${app}` }, port, 'TCP')),
    ),
    scope.decide(sourceOfPod(from), { ip: '203.0.113.7' }, 80, 'TCP'),
    scope.decide(sourceOfPod(from), { host: 'api.example.com' }, 80, 'TCP'),
  ]);
}

const name = fc.uuid();
const namespace = fc.constantFrom(...NAMESPACES);
const selector = fc.oneof(
  fc.constant({}),
  fc.constantFrom(...APPS).map((app) => ({ matchLabels: { app } })),
  fc
    .subarray(APPS, { minLength: 1 })
    .map((values) => ({ matchExpressions: [{ key: 'app', operator: 'NotIn', values }] })),
);
const team = fc.oneof(
  fc.constant({}),
  namespace.map((one) => ({ matchLabels: { team: one } })),
);
const ports = fc.constantFrom(undefined, [{ port: 80 }], [{ port: 'http' }], [{ port: 81, endPort: 90 }]);
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  fc.record({ namespaceSelector: team, podSelector: selector }),
  fc.constantFrom('203.0.113.0/24', '10.1.0.0/30').map((cidr) => ({ ipBlock: { cidr } })),
);
const rules = (side: 'to' | 'from') =>
  fc.array(
    fc
      .record({ peers: fc.array(peer, { maxLength: 2 }), ports })
      .map((one) => ({ [side]: one.peers, ports: one.ports })),
    { maxLength: 2 },
  );

function manifest(apiVersion: string, kind: string, of: string | null) {
  return (id: string, spec: object): Manifest => ({
    apiVersion,
    kind,
    metadata: { name: id, ...(of === null ? {} : { namespace: of }) },
    spec,
  });
}

const networkPolicy = fc
  .record({ name, namespace, podSelector: selector, egress: rules('to'), ingress: rules('from') })
  .map(({ name: id, namespace: of, ...spec }) =>
    manifest(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      of,
    )(id, { ...spec, policyTypes: ['Ingress', 'Egress'] }),
  );

const endpoints = fc.oneof(
  selector.map((one) => ({ toEndpoints: [one] })),
  fc.constantFrom('world', 'cluster', 'all').map((one) => ({ toEntities: [one] })),
  fc.constant({ toFQDNs: [{ matchPattern: '*.example.com' }] }),
  fc.constant({ toCIDR: ['203.0.113.0/24'] }),
);
const ciliumPorts = fc.constantFrom(
  [],
  [{ ports: [{ port: '80' }] }],
  [{ ports: [{ port: '80' }], rules: { http: [{ method: 'GET' }] } }],
);
const ciliumRule = fc
  .record({ peers: endpoints, toPorts: ciliumPorts })
  .map(({ peers, toPorts }) => ({ ...peers, toPorts }));
const cilium = (section: 'egress' | 'egressDeny') =>
  fc
    .record({ name, endpointSelector: selector, rule: ciliumRule, of: fc.option(namespace) })
    .map(({ name: id, endpointSelector, rule, of }) => {
      const kind = of === null ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy';
      const open = section === 'egressDeny' ? { enableDefaultDeny: { egress: false } } : {};
      const [one] = rule.toPorts;
      const toPorts = section === 'egressDeny' && one ? [{ ports: one.ports }] : rule.toPorts;
      const spec = { endpointSelector, ...open, [section]: [{ ...rule, toPorts }] };
      return manifest('cilium.io/v2', kind, of)(id, spec);
    });

const admin = (action: 'Allow' | 'Deny' | 'Pass', priority: number) =>
  fc
    .record({
      name,
      subject: team,
      to: fc.oneof(
        team.map((one) => ({ namespaces: one })),
        fc.constant({ networks: ['203.0.113.0/24'] }),
      ),
    })
    .map(({ name: id, subject, to }) =>
      manifest(
        'policy.networking.k8s.io/v1alpha1',
        'AdminNetworkPolicy',
        null,
      )(id, {
        priority,
        subject: { namespaces: subject },
        egress: [{ action, to: [to] }],
      }),
    );

const source = fc.oneof(
  namespace.map((one) => ({ namespaces: [one] })),
  fc.constantFrom(...APPS).map((one) => ({ principals: [`*/sa/${one}`] })),
  fc.constant({ notNamespaces: ['a'] }),
);
const istio = (action: 'ALLOW' | 'DENY') =>
  fc
    .record({
      name,
      of: fc.constantFrom('a', 'b', 'istio-system'),
      from: fc.option(source),
      operation: fc.constantFrom(null, { ports: ['80'] }, { methods: ['GET'] }),
      app: fc.option(fc.constantFrom(...APPS)),
    })
    .map(({ name: id, of, from, operation, app }) => {
      const rule = {
        ...(from ? { from: [{ source: from }] } : {}),
        ...(operation ? { to: [{ operation }] } : {}),
      };
      const selects = app ? { selector: { matchLabels: { app } } } : {};
      return manifest(
        'security.istio.io/v1',
        'AuthorizationPolicy',
        of,
      )(id, { ...selects, action, rules: [rule] });
    });
const mtls = fc.constantFrom('STRICT', 'PERMISSIVE').map((mode) => {
  const made = manifest('security.istio.io/v1', 'PeerAuthentication', 'istio-system');
  return made('default', { mtls: { mode } });
});

const anything = fc
  .tuple(
    fc.array(networkPolicy, { maxLength: 3 }),
    fc.array(fc.oneof(cilium('egress'), cilium('egressDeny')), { maxLength: 2 }),
    admin('Allow', 10),
    admin('Pass', 20),
    fc.array(fc.oneof(istio('ALLOW'), istio('DENY')), { maxLength: 3 }),
    mtls,
  )
  .map((parts) => parts.flat() as Manifest[]);
const denial = fc.oneof(
  cilium('egressDeny'),
  admin('Deny', 5),
  admin('Deny', 15),
  admin('Deny', 25),
  istio('DENY'),
);

describe('any policies', () => {
  it('never open anything by denying', () => {
    fc.assert(
      fc.property(anything, denial, (policies, added) => {
        // Where only this one object of Cilium says that it runs, it changes what address blocks mean.
        const runs = manifest('cilium.io/v2', 'CiliumNetworkPolicy', 'elsewhere');
        const before = [...policies, runs('runs', { endpointSelector: {}, egress: [{}] })];
        const [old, now] = [verdicts(before), verdicts([...before, added])];
        now.forEach((answer, at) => {
          expect(RANK[answer.verdict]).toBeLessThanOrEqual(RANK[old[at]!.verdict]);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('never close pods that are isolated by allowing more', () => {
    const closed = NAMESPACES.map((of) =>
      manifest(
        'networking.k8s.io/v1',
        'NetworkPolicy',
        of,
      )('closed', {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      }),
    );
    fc.assert(
      fc.property(anything, networkPolicy, (policies, added) => {
        const [old, now] = [verdicts([...policies, ...closed]), verdicts([...policies, ...closed, added])];
        now.forEach((answer, at) => {
          expect(RANK[answer.verdict]).toBeGreaterThanOrEqual(RANK[old[at]!.verdict]);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('say the same in any order', () => {
    fc.assert(
      fc.property(anything, (policies) => {
        const [old, now] = [verdicts(policies), verdicts([...policies].reverse())];
        expect(now.map(({ verdict }) => verdict)).toEqual(old.map(({ verdict }) => verdict));
      }),
      { numRuns: 60 },
    );
  });

  it('give a reason, a condition where one is asked for, and a rule where one denies', () => {
    fc.assert(
      fc.property(anything, (policies) => {
        for (const { verdict, reason, conditions, path } of verdicts(policies)) {
          expect(reason).not.toBe('');
          expect(conditions.length > 0).toBe(verdict === 'conditional');
          if (verdict === 'deny') expect(path.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 40 },
    );
  });
});
