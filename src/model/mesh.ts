/** Istio's objects and settings, and Cilium's, as plain data: only what decides who may talk to whom. */
import type { Labels, ObjectRef } from './kubernetes.ts';

/** Each list holds patterns, any of which has to match: exact, `prefix*`, `*suffix`, or `*` for any that is present. */
export type MeshSource = {
  principals: readonly string[];
  notPrincipals: readonly string[];
  namespaces: readonly string[];
  notNamespaces: readonly string[];
  /** `namespace/name`, or a name in the policy's own namespace. */
  serviceAccounts: readonly string[];
  notServiceAccounts: readonly string[];
  ipBlocks: readonly string[];
  notIpBlocks: readonly string[];
  /** What only a request shows, in words: tokens, addresses behind proxies. */
  requires: readonly string[];
};
export type MeshOperation = {
  ports: readonly string[];
  notPorts: readonly string[];
  /** Hosts, methods and paths, in words. */
  requires: readonly string[];
  /** It asks for what it excludes: no request is meant. */
  never?: true;
};
export type AuthorizationRule = {
  /** Null: any source. One of them has to match. */
  from: readonly MeshSource[] | null;
  /** Null: any operation. */
  to: readonly MeshOperation[] | null;
  /** Conditions, all of which have to hold, as a source and an operation would say them. */
  when: readonly { source: MeshSource; operation: MeshOperation }[];
  /** `spec.rules[0]` */
  field: string;
};
export type TargetRef = { group: string; kind: string; name: string };
export type AuthorizationPolicy = {
  ref: ObjectRef;
  action: 'ALLOW' | 'DENY' | 'CUSTOM' | 'AUDIT';
  /** Null: every workload of the namespace, of the mesh in its root namespace. */
  selector: Labels | null;
  targetRefs: readonly TargetRef[];
  /** Of CUSTOM: who decides. */
  provider: string | null;
  rules: readonly AuthorizationRule[];
};

export type MtlsMode = 'UNSET' | 'DISABLE' | 'PERMISSIVE' | 'STRICT';
export type PeerAuthentication = {
  ref: ObjectRef;
  selector: Labels | null;
  mode: MtlsMode;
  /** By port of the workload. */
  ports: Readonly<Record<string, MtlsMode>>;
  created: string | null;
};

export type OutboundMode = 'ALLOW_ANY' | 'REGISTRY_ONLY';
export type MeshSidecar = {
  ref: ObjectRef;
  selector: Labels | null;
  /** Null: no restriction. `namespace/host`, with `.`, `~` and `*`. */
  egress: readonly { port: number | null; hosts: readonly string[]; field: string }[] | null;
  outbound: OutboundMode | null;
};
export type ServiceEntry = {
  ref: ObjectRef;
  hosts: readonly string[];
  addresses: readonly string[];
  /** Addresses of its static endpoints. */
  endpoints: readonly string[];
  ports: readonly { number: number; protocol: string }[];
  /** Namespaces that see it, `.` its own, `*` all; empty: all. */
  exportTo: readonly string[];
};

export type MeshSettings = {
  ref: ObjectRef;
  rootNamespace: string;
  trustDomain: string;
  outbound: OutboundMode;
};
/** One istiod, and the ConfigMap of its namespace that it reads. */
export type MeshControlPlane = { namespace: string; config: string };
export type MeshEstate = {
  /** Null: the mesh's ConfigMap was not given; defaults are assumed. */
  settings: MeshSettings | null;
  authorization: readonly AuthorizationPolicy[];
  authentication: readonly PeerAuthentication[];
  sidecars: readonly MeshSidecar[];
  serviceEntries: readonly ServiceEntry[];
  /** Absent: none was found. */
  controlPlanes?: readonly MeshControlPlane[];
};

export type CiliumSettings = {
  /** ConfigMap kube-system/cilium-config; null: it was not given, and defaults are assumed. */
  ref: ObjectRef | null;
  /** `enable-policy` */
  enforcement: 'default' | 'always' | 'never';
  /** `policy-cidr-match-mode` names nodes: CIDRs match these too. */
  cidrMatchesNodes: boolean;
};
