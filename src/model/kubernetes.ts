/**
 * The Kubernetes estate as plain data: what the live API and a directory of exports both yield. Only the fields
 * that are used. Secret values, literal env values and last-applied annotations never get this far.
 */
import type { CiliumSettings, MeshEstate } from './mesh.ts';
import type { AdmissionPolicy, AgentObject } from './posture-objects.ts';

export type ObjectRef = {
  apiVersion: string;
  kind: string;
  namespace: string | null;
  name: string;
  /** `file.yaml#2` for exports, null for a live cluster. */
  location: string | null;
};

export type Labels = Readonly<Record<string, string>>;

export type LabelSelector = {
  matchLabels: Labels;
  matchExpressions: readonly {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values: readonly string[];
  }[];
};

export type Owner = { apiVersion: string; kind: string; name: string; controller: boolean };

export type Namespace = { ref: ObjectRef; labels: Labels; uid: string | null };

export type VolumeMount = {
  container: string;
  mountPath: string;
  /** Object behind the mount; `name` null for a projected token. */
  source:
    | 'secret'
    | 'service-account-token'
    | 'config-map'
    | 'persistent-volume-claim'
    | 'host-path'
    | 'empty-dir'
    | 'other';
  name: string | null;
  /** Secret keys projected, where the manifest names them. */
  keys: readonly string[];
  /** Audience of a projected token; absent: the API server. */
  audience?: string;
  readOnly: boolean;
  /** Field of the manifest, `spec.template.spec.volumes[2]`. */
  field: string;
};

/** What a securityContext says, of a pod or, which comes first, of a container; absent: it says nothing. */
export type SecurityContext = {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  readOnlyRootFilesystem?: boolean;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  /** `RuntimeDefault`, `Unconfined`, `Localhost`. */
  seccomp?: string;
  /** Linux capabilities as written, `NET_ADMIN`, `ALL`. */
  add?: readonly string[];
  drop?: readonly string[];
};

export type Container = {
  name: string;
  image: string;
  command: readonly string[];
  args: readonly string[];
  /** Names only; `secret` for valueFrom.secretKeyRef and envFrom.secretRef. */
  env: readonly {
    name: string;
    from: 'literal' | 'secret' | 'config-map' | 'field' | 'other';
    object: string | null;
  }[];
  /** Literal env values of the few names by which models are declared (catalog), never any other. */
  modelEnv: Readonly<Record<string, string>>;
  /** Literal values of the few names by which SDKs find an identity (catalog): role ARNs and file names, never keys. */
  identityEnv?: Readonly<Record<string, string>>;
  ports: readonly { name: string | null; containerPort: number; protocol: 'TCP' | 'UDP' | 'SCTP' }[];
  init: boolean;
  security?: SecurityContext;
};

export type PodTemplate = {
  labels: Labels;
  annotations: Labels;
  serviceAccountName: string;
  automountToken: boolean | null;
  hostNetwork: boolean;
  hostPID?: true;
  hostIPC?: true;
  security?: SecurityContext;
  containers: readonly Container[];
  mounts: readonly VolumeMount[];
};

export type Workload = {
  ref: ObjectRef;
  uid: string | null;
  labels: Labels;
  annotations: Labels;
  owners: readonly Owner[];
  template: PodTemplate;
  /** CronJob schedule. */
  schedule: string | null;
  created: string | null;
};

export type Pod = {
  ref: ObjectRef;
  uid: string;
  owners: readonly Owner[];
  template: PodTemplate;
  phase: string | null;
  ips: readonly string[];
  hostIPs: readonly string[];
  node: string | null;
  startTime: string | null;
  /** Id without the runtime prefix, 64 hex. */
  containers: readonly { name: string; id: string | null; image: string | null; digest: string | null }[];
};

export type ServiceAccount = { ref: ObjectRef; automountToken: boolean | null; annotations: Labels };

export type PolicyRule = {
  verbs: readonly string[];
  apiGroups: readonly string[];
  resources: readonly string[];
  resourceNames: readonly string[];
  nonResourceURLs: readonly string[];
};
export type Role = {
  ref: ObjectRef;
  labels: Labels;
  rules: readonly PolicyRule[];
  aggregation: readonly LabelSelector[];
  /** It has been in an API server, which gave it a uid: its rules are those that hold, aggregated ones too. */
  served?: true;
};
export type Subject = { kind: 'User' | 'Group' | 'ServiceAccount'; name: string; namespace: string | null };
export type RoleBinding = {
  ref: ObjectRef;
  role: { kind: 'Role' | 'ClusterRole'; name: string };
  subjects: readonly Subject[];
};

export type NetworkPort = {
  protocol: 'TCP' | 'UDP' | 'SCTP' | null;
  /** Number, or name of a container port; null: all ports. */
  port: number | string | null;
  endPort: number | null;
};
export type NetworkPeer =
  | { type: 'ip-block'; cidr: string; except: readonly string[] }
  | { type: 'pods'; namespaceSelector: LabelSelector | null; podSelector: LabelSelector | null }
  | { type: 'nodes'; selector: LabelSelector }
  | { type: 'domain-names'; names: readonly string[] }
  /** Cilium's CIDRs: addresses that belong to no pod, and to no node unless it is configured so. */
  | { type: 'outside-block'; cidr: string; except: readonly string[]; nodes?: true }
  /** Cilium's `world`, `cluster`, `host` … */
  | { type: 'entities'; names: readonly string[] }
  /** Cilium's `matchName` and `matchPattern`: a star stands for part of one label. */
  | { type: 'name-patterns'; patterns: readonly string[] }
  /** What is behind Services, by name or by their labels; scope/ resolves it. Null namespace: any. */
  | { type: 'services'; namespace: string | null; name: string | null; selector: LabelSelector | null }
  /** A peer that nothing here can tell: it may be anyone. */
  | { type: 'unmodelled'; what: string };
export type NetworkRule = {
  name: string | null;
  action: 'allow' | 'deny' | 'pass';
  /** Null: every peer. */
  peers: readonly NetworkPeer[] | null;
  /** Null: every port. */
  ports: readonly NetworkPort[] | null;
  /** `spec.egress[0]` */
  field: string;
  /** What further has to be true of the traffic, in words: method and path of a request, a name that is looked up. */
  requires?: readonly string[];
};
/** NetworkPolicy, and its cluster tiers. Lower priority number wins within a tier. */
export type NetworkPolicy = {
  ref: ObjectRef;
  /** Cilium's join the NetworkPolicies of a pod: deny first, then any allow, then isolation. Tier `admin`: a clusterwide one. */
  engine?: 'cilium';
  /** Of Cilium's: whether pods that it selects are closed to what no rule allows. Absent: they are, as its types say. */
  isolates?: { ingress: boolean; egress: boolean };
  /** It selects nodes, for Cilium's host firewall, and no pods. */
  nodeSelector?: LabelSelector;
  labels: Labels;
  tier: 'admin' | 'namespace' | 'baseline';
  priority: number;
  /** For `namespace` tier: pods of the policy's own namespace. Null namespaceSelector: own namespace only. */
  namespaceSelector: LabelSelector | null;
  podSelector: LabelSelector;
  types: readonly ('Ingress' | 'Egress')[];
  egress: readonly NetworkRule[];
  ingress: readonly NetworkRule[];
};

export type Service = {
  ref: ObjectRef;
  labels?: Labels;
  clusterIPs: readonly string[];
  ports: readonly { name: string | null; port: number; targetPort: number | string; protocol: string }[];
  selector: Labels | null;
  externalName: string | null;
};
export type EndpointSlice = {
  ref: ObjectRef;
  service: string | null;
  addresses: readonly { ip: string; pod: string | null; namespace: string | null }[];
  ports: readonly { name: string | null; port: number | null; protocol: string }[];
};
export type SecretRef = { ref: ObjectRef; type: string | null; keys: readonly string[] };
export type ConfigMapRef = { ref: ObjectRef; keys: readonly string[] };
export type Node = {
  ref: ObjectRef;
  labels: Labels;
  ips: readonly string[];
  podCIDRs: readonly string[];
  /** `aws:///eu-west-1a/i-0abc`, `gce://project/zone/name`: by which cloud it is run, and as what. */
  providerId?: string | null;
  /** Version of its kubelet, `v1.34.1-eks-113cf36`. */
  kubelet?: string;
};

/** One collection read: from where, how many, and if not, why. A 403 here makes what rests on it cannot-tell. */
export type SourceCoverage = {
  /** `kubernetes:networkpolicies`, `export:networkpolicies`. */
  source: string;
  resource: ResourceName;
  /** Null: cluster-wide. */
  namespaces: readonly string[] | null;
  status: 'read' | 'denied' | 'failed' | 'absent' | 'not-served';
  objects: number;
  reason: string | null;
};

export const RESOURCES = [
  'namespaces',
  'workloads',
  'pods',
  'serviceaccounts',
  'rbac',
  'networkpolicies',
  'adminnetworkpolicies',
  'services',
  'endpointslices',
  'secrets',
  'configmaps',
  'nodes',
  'ciliumpolicies',
  'mesh',
  /** Cilium's and Istio's ConfigMaps, of which the rest is never read. */
  'network-settings',
  'admission',
  'agents',
  'aws-iam',
  'aws-organizations',
  'aws-eks',
  'aws-ec2',
  'aws-resource-policies',
  'aws-last-accessed',
  'gcp-hierarchy',
  'gcp-policies',
  'gcp-roles',
  'gcp-service-accounts',
  'gcp-deny-policies',
  'gcp-boundaries',
  'gcp-clusters',
  'gcp-pools',
  'azure-identities',
  'azure-role-assignments',
  'azure-clusters',
  'database-grants',
] as const;
export type ResourceName = (typeof RESOURCES)[number];

/** Component of a CycloneDX BOM that lay beside the exports: what somebody declared that a workload contains. */
export type DeclaredBom = {
  /** `boms/agent.cdx.json` */
  location: string;
  /** BOM serial number, component name and `ai-spm.dev/workload` property: by these a workload is found. */
  serialNumber: string | null;
  subject: string | null;
  workload: string | null;
  components: readonly {
    kind: 'model' | 'framework' | 'library';
    name: string;
    version: string | null;
    purl: string | null;
    field: string;
  }[];
};

export type KubernetesEstate = {
  /** UID of the kube-system namespace; null where it was not readable. */
  cluster: string | null;
  /** Where it was read from: context name or paths. */
  origin: string;
  /** ISO time of reading, or newest file time of an export. */
  readAt: string | null;
  namespaces: readonly Namespace[];
  workloads: readonly Workload[];
  pods: readonly Pod[];
  serviceAccounts: readonly ServiceAccount[];
  roles: readonly Role[];
  roleBindings: readonly RoleBinding[];
  networkPolicies: readonly NetworkPolicy[];
  /** Cilium and Istio, as far as their objects or settings were found. */
  cilium?: CiliumSettings;
  mesh?: MeshEstate;
  services: readonly Service[];
  endpointSlices: readonly EndpointSlice[];
  secrets: readonly SecretRef[];
  configMaps: readonly ConfigMapRef[];
  nodes: readonly Node[];
  /** Policies asked before an object is admitted; absent where none was found. */
  admission?: readonly AdmissionPolicy[];
  /** Objects of kagent and ToolHive; absent where none was found. */
  agents?: readonly AgentObject[];
  /** Only exports have any. */
  boms?: readonly DeclaredBom[];
  coverage: readonly SourceCoverage[];
  /** Objects that were read and are not modelled, `v1/LimitRange` → 3. */
  unmodelled: Readonly<Record<string, number>>;
  warnings: readonly string[];
};
