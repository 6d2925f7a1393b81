/**
 * A cluster as platform teams run it: namespaces of a tenant each, closed by default, with what they open; controllers of
 * five pods; policies of the cluster above, half of the namespaces in a mesh, a quarter with policies of Cilium.
 */
type Manifest = { apiVersion: string; kind: string; metadata: Record<string, unknown> } & Record<
  string,
  unknown
>;

const PODS_A_CONTROLLER = 5;
const CONTROLLERS_A_NAMESPACE = 10;

export const namespacesOf = (pods: number) => Math.ceil(pods / (PODS_A_CONTROLLER * CONTROLLERS_A_NAMESPACE));
export const namespaceName = (at: number) => `tenant-${at}`;
const isMeshed = (at: number) => at % 2 === 0;

export function* clusterOf(pods: number): Generator<Manifest> {
  yield* shared();
  const count = namespacesOf(pods);
  for (let at = 0; at < count; at++) {
    yield* namespaced(at, count);
    for (let app = 0; app < CONTROLLERS_A_NAMESPACE; app++) yield* controller(at, app);
  }
}

function* namespaced(at: number, count: number): Generator<Manifest> {
  const namespace = namespaceName(at);
  const labels = { tier: `t${at % 5}`, ...(isMeshed(at) ? { 'istio-injection': 'enabled' } : {}) };
  yield { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
  yield netpol(namespace, 'default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  yield netpol(namespace, 'dns', { podSelector: {}, policyTypes: ['Egress'], egress: [DNS] });
  const own = [{ podSelector: {} }];
  yield netpol(namespace, 'own', {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ to: own }],
    ingress: [{ from: own }],
  });
  const neighbours = [1, 7, 31].map((step) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespaceName((at + step) % count) } },
    podSelector: { matchLabels: { app: 'app-1' } },
  }));
  yield netpol(namespace, 'neighbours', {
    podSelector: { matchLabels: { app: 'app-0' } },
    policyTypes: ['Egress'],
    egress: [{ to: neighbours, ports: [{ port: 8080 }] }, { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }] }],
  });
  yield netpol(namespace, 'from-neighbours', {
    podSelector: { matchLabels: { app: 'app-1' } },
    ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 'http' }] }],
  });
  if (at % 4 === 1) yield ciliumPolicy(namespace);
  if (isMeshed(at)) yield authorization(namespace, namespaceName((at + count - 1) % count));
}

function* controller(at: number, app: number): Generator<Manifest> {
  const namespace = namespaceName(at);
  const name = `app-${app}`;
  const labels = { app: name, part: `p${app % 3}` };
  const containers = [
    { name: 'main', image: `registry.example/${name}:1`, ports: [{ name: 'http', containerPort: 8080 }] },
    ...(isMeshed(at) ? [{ name: 'istio-proxy', image: 'proxy:1' }] : []),
  ];
  const spec = { serviceAccountName: name, containers };
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name, controller: true };
  yield { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
  const template = { metadata: { labels }, spec: { ...spec, containers: containers.slice(0, 1) } };
  yield {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: { template },
  };
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
  yield {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP: ip(10, 96, at * CONTROLLERS_A_NAMESPACE + app), selector: { app: name }, ports },
  };
  const RBAC = 'rbac.authorization.k8s.io/v1';
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `role-${app}` };
  yield { apiVersion: RBAC, kind: 'RoleBinding', metadata: { name, namespace }, subjects, roleRef };
  for (let pod = 0; pod < PODS_A_CONTROLLER; pod++) {
    const number = (at * CONTROLLERS_A_NAMESPACE + app) * PODS_A_CONTROLLER + pod;
    const metadata = { name: `${name}-${pod}`, namespace, labels, uid: `u${number}`, ownerReferences: [ref] };
    const status = { phase: 'Running', podIP: ip(10, 128, number), hostIP: ip(10, 0, number % 100) };
    yield {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { ...spec, nodeName: `node-${number % 100}` },
      status,
    };
  }
}

function* shared(): Generator<Manifest> {
  for (let at = 0; at < 100; at++)
    yield {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${at}`, labels: { pool: `p${at % 4}` } },
      status: { addresses: [{ type: 'InternalIP', address: ip(10, 0, at) }] },
    };
  for (let app = 0; app < CONTROLLERS_A_NAMESPACE; app++)
    yield {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `role-${app}` },
      rules: [
        { apiGroups: [''], resources: ['configmaps', 'pods', `things-${app}`], verbs: ['get', 'list'] },
      ],
    };
  for (let at = 0; at < 5; at++) yield adminPolicy(at);
  for (let at = 0; at < 10; at++) yield clusterwide(at);
  yield* mesh();
}

function adminPolicy(at: number): Manifest {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: `admin-${at}` },
    spec: {
      priority: at,
      subject: { namespaces: { matchLabels: { tier: `t${at}` } } },
      egress: [{ action: 'Pass', to: [{ namespaces: { matchLabels: { tier: `t${(at + 1) % 5}` } } }] }],
    },
  };
}

function clusterwide(at: number): Manifest {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumClusterwideNetworkPolicy',
    metadata: { name: `cluster-${at}` },
    spec: {
      endpointSelector: { matchLabels: { part: `p${at % 3}` } },
      enableDefaultDeny: { egress: false },
      egress: [{ toFQDNs: [{ matchPattern: `*.service-${at}.example.com` }] }],
      egressDeny: [{ toCIDR: ['169.254.169.254/32'] }],
    },
  };
}

function* mesh(): Generator<Manifest> {
  const metadata = { name: 'default', namespace: 'istio-system' };
  const strict = { mtls: { mode: 'STRICT' } };
  yield { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata, spec: strict };
  const rules = [{ from: [{ source: { namespaces: ['monitoring', 'tenant-4*'] } }] }];
  for (let at = 0; at < 5; at++)
    yield {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: `wide-${at}`, namespace: 'istio-system' },
      spec: { selector: { matchLabels: { app: `app-${at}` } }, rules },
    };
}

function authorization(namespace: string, other: string): Manifest {
  const rules = [
    { from: [{ source: { namespaces: [namespace, other] } }], to: [{ operation: { ports: ['8080'] } }] },
  ];
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'own', namespace },
    spec: { rules },
  };
}

function ciliumPolicy(namespace: string): Manifest {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'models', namespace },
    spec: {
      endpointSelector: { matchLabels: { app: 'app-0' } },
      egress: [{ toFQDNs: [{ matchName: 'api.example.com' }], toPorts: [{ ports: [{ port: '443' }] }] }],
    },
  };
}

const DNS = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [{ port: 53, protocol: 'UDP' }],
};

function netpol(namespace: string, name: string, spec: object): Manifest {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

function ip(a: number, b: number, number: number): string {
  return `${a}.${b + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}
