/** The configured posture: what scope/ makes of the estate. */
import type { DatabaseEngine } from './database.ts';
import type { Kind, NetworkEngine } from './kinds.ts';
import type {
  Container,
  Labels,
  NetworkPeer,
  NetworkPort,
  ObjectRef,
  PolicyRule,
  SecurityContext,
  SourceCoverage,
  VolumeMount,
} from './kubernetes.ts';
import type { AdmissionPolicy, AgentObject } from './posture-objects.ts';

export type Cloud = 'aws' | 'gcp' | 'azure';

/** One step of the way by which a capability reaches its holder. */
export type Hop = {
  /** `NetworkPolicy research/agent`, `Group system:serviceaccounts:research` … */
  object: string;
  ref: ObjectRef | null;
  /** Field that makes the step, `spec.egress[1].to[0].ipBlock`. */
  field: string;
  why: string;
  /** Made by an object that is not the agent's own immediate configuration. */
  inherited: boolean;
};

export type Pattern =
  | {
      type: 'network';
      direction: 'egress';
      tier: 'admin' | 'namespace' | 'baseline' | 'default';
      priority: number;
      action: 'allow' | 'deny' | 'pass';
      /** Namespace of a `namespace`-tier policy: what a null namespaceSelector of a peer means. */
      policyNamespace: string | null;
      peers: readonly NetworkPeer[] | null;
      ports: readonly NetworkPort[] | null;
      /** Absent: Kubernetes. Traffic needs the consent of Kubernetes with Cilium, and of each engine of the mesh. */
      engine?: NetworkEngine;
      /** Of engines other than Kubernetes: denies only what no rule of the engine allows. */
      isolates?: true;
      /** Its denial does not hold between a pod and the node on which it runs. */
      sparesOwnNode?: true;
      /** What has to be true of the traffic for the rule to be meant, in words. */
      requires?: readonly string[];
      /** What made this pattern, where a capability joins several. */
      by?: Hop;
    }
  | { type: 'kubernetes'; namespace: string | null; rule: PolicyRule }
  /**
   * Actions of a cloud on resources, as its policies write them: `s3:Get*` on ARNs, permissions on a resource name and
   * all below it. `not…`: every one but these.
   */
  | {
      type: 'cloud';
      cloud: Cloud;
      actions: readonly string[];
      notActions: boolean;
      resources: readonly string[];
      notResources: boolean;
    }
  /** Null: every one. */
  | {
      type: 'data';
      engine: DatabaseEngine;
      /** PostgreSQL's. Null of MySQL, whose databases are its schemas. */
      database: string | null;
      privilege: string;
      /** With `*` and `?` where MySQL has wildcards. */
      schema: string | null;
      table: string | null;
    }
  /** A mounted file tree. */
  | { type: 'path'; prefix: string }
  /** Names are compared after the ecosystem's normalisation; null version: any. */
  | { type: 'artifact'; name: string; version: string | null; purl: string | null; path: string | null };

export type Capability = {
  /** Stable within a posture: kind, holder and path. */
  id: string;
  holder: { type: 'workload' | 'principal'; id: string };
  kind: Kind;
  /** One line for a reader: `egress to pods app=llm-gateway in llm, TCP 443`. */
  summary: string;
  allow: readonly Pattern[];
  deny: readonly Pattern[];
  conditions: readonly string[];
  effect: 'allow' | 'deny' | 'conditional';
  origin: 'direct' | 'inherited' | 'runtime';
  path: readonly Hop[];
  /** Resource that it was read from; its coverage decides whether it can be relied on. */
  source: string;
  /** Held only by this session of the principal, as its credential or the edge that leads to it names it; absent: by none. */
  session?: string;
};

export type DeclaredArtifact = {
  kind: 'model' | 'adapter' | 'framework' | 'library' | 'inference-server';
  name: string;
  version: string | null;
  purl: string | null;
  /** Where it is declared: annotation, argument, env name, BOM file. */
  where: Hop;
};

/** One place where the SDKs of a cloud look for credentials, in the order in which they look. */
export type CredentialCandidate = {
  cloud: Cloud;
  mechanism:
    | 'static-keys'
    | 'pod-identity'
    | 'web-identity'
    | 'workload-identity'
    | 'direct-workload-identity'
    | 'federated-token'
    | 'node-identity';
  /** As observed principals are written, `aws:arn:…`; null: whose it is cannot be told (keys in a Secret). */
  principal: string | null;
  /**
   * `effective`: the first that works. `shadowed`: works, but another comes first. `broken`: would come, but fails.
   * `trusted`: nothing configures it, but the identity lets in tokens of its ServiceAccount.
   */
  status: 'effective' | 'shadowed' | 'broken' | 'unreachable' | 'unknown' | 'trusted';
  /** Why it has this status, one sentence. */
  reason: string;
  /** From the workload to the principal. */
  path: readonly Hop[];
  /** What has to hold, where that is not known. */
  conditions: readonly string[];
  /** ARN of the EKS Pod Identity association that makes the session, and limits it. Absent: nothing limits it. */
  session?: string;
  /** Of a trusted one: what it takes, since no token for it gets into its pods. Absent: one does. */
  token?: string;
  /** What makes others the same identity; no step of the way, since without it this one would be no less. */
  shared?: readonly Hop[];
};

/** One identity becoming another: AssumeRole, impersonation, passing a role to compute, federation. */
export type IdentityEdge = {
  from: string;
  to: string;
  /** `sts:AssumeRole`, `iam.serviceAccounts.getAccessToken`, `iam:PassRole + lambda:CreateFunction` … */
  by: string;
  effect: 'allow' | 'conditional';
  path: readonly Hop[];
  conditions: readonly string[];
  /** Holds only by this session of `from`; absent: where it is had by none. */
  session?: string;
  /** Session by which `to` is then had: what goes on of this one. Absent: none in particular. */
  into?: string;
  /** `to` is had with more than it has now, since that is what the edge changes: in words, `with any policy`. */
  gains?: string;
};

/** An identity that a workload reaches. */
export type Reached = {
  principal: string;
  /** By this session of it, of the credential or of the last edge; absent: by none in particular. */
  session?: string;
  /** The credential that it begins with; null: the ServiceAccount itself. */
  credential: CredentialCandidate | null;
  /** In order; empty: the credential's own principal. */
  edges: readonly IdentityEdge[];
  path: readonly Hop[];
  /** What has to hold; empty: it is so. */
  conditions: readonly string[];
};

/** `postgresql:agent`; several where it is not told of which engine, of which one is meant. */
export type DatabaseUser = { principals: readonly string[]; where: Hop };

export type ConfiguredWorkload = {
  id: string;
  ref: ObjectRef;
  cluster: string | null;
  namespace: string;
  kind: string;
  name: string;
  labels: Labels;
  podLabels: Labels;
  serviceAccount: string;
  /** `system:serviceaccount:ns:name` */
  principal: string;
  hostNetwork: boolean;
  hostPID?: true;
  hostIPC?: true;
  /** Of the pod; containers have their own. */
  security?: SecurityContext;
  /** Objects of kagent and ToolHive by which it is run. */
  operators?: readonly AgentObject[];
  containers: readonly Container[];
  mounts: readonly VolumeMount[];
  declared: readonly DeclaredArtifact[];
  /** Whether anything at all declares artifacts for it: without, nothing is "undeclared". */
  declares: Readonly<Record<'model' | 'framework' | 'library', boolean>>;
  schedule: string | null;
  /** Policies that select its pods for egress; empty: everything is allowed by default. */
  egressPolicies: readonly ObjectRef[];
  revision: string | null;
  /** Per cloud in SDK precedence. Absent: no cloud was asked about. */
  credentials?: readonly CredentialCandidate[];
  /** Users of databases that its configuration names. */
  databaseUsers?: readonly DatabaseUser[];
};

export type ConfiguredPosture = {
  cluster: string | null;
  origin: string;
  readAt: string | null;
  /** Each part and when it was read, ISO: exports may be older than what they are held against. */
  readings?: readonly { what: string; readAt: string | null }[];
  workloads: readonly ConfiguredWorkload[];
  capabilities: readonly Capability[];
  /** Every identity that a workload reaches, transitively, becoming another. */
  identityEdges?: readonly IdentityEdge[];
  /** Labels of the namespaces that were read: what a namespaceSelector of a peer is asked about. */
  namespaces?: readonly { name: string; labels: Labels }[];
  /** Policies asked before an object is admitted, and objects of operators that run agents; absent: none was found. */
  admission?: readonly AdmissionPolicy[];
  agents?: readonly AgentObject[];
  coverage: readonly SourceCoverage[];
  warnings: readonly string[];
};
