/** Secrets and tokens that the pods of a workload hold, as path patterns where a file shows their use. */
import { canonicalPath } from '../match/path.ts';
import type { Capability, Hop, Pattern } from '../model/configured.ts';
import type { Container, ServiceAccount, VolumeMount } from '../model/kubernetes.ts';
import { refName } from './describe.ts';
import type { Controlled } from './workloads.ts';

/** Where the ServiceAccount admission plugin mounts the token. */
export const TOKEN_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** `account`: null where it was not among those read; `gap`: why ServiceAccounts are not fully known. */
export function credentialCapabilities(
  workload: Controlled,
  account: ServiceAccount | null,
  gap: string | null,
): Capability[] {
  const mounted = workload.mounts
    .filter((mount) => mount.source === 'secret' || mount.source === 'service-account-token')
    .map((mount) => mountCapability(workload, mount));
  const environment = workload.containers.flatMap((container) => environmentSecrets(workload, container));
  return [...mounted, ...environment, ...automountedToken(workload, account, gap)];
}

function mountCapability(workload: Controlled, mount: VolumeMount): Capability {
  const token = mount.source === 'service-account-token';
  const what = token ? tokenName(workload, mount) : `Secret ${workload.namespace}/${mount.name}`;
  return credential(workload, {
    kind: token ? 'credential-source' : 'secret-read',
    key: `${mount.container}/${mount.mountPath}`,
    summary: `${what} mounted at ${mount.mountPath} in ${mount.container}`,
    allow: mountPaths(mount),
    hops: [podHop(workload, mount.field, `mounts ${what}`)],
  });
}

function tokenName(workload: Controlled, mount: VolumeMount): string {
  const audience = mount.audience ? ` for audience ${mount.audience}` : '';
  return `token of ServiceAccount ${workload.namespace}/${workload.serviceAccount}${audience}`;
}

/** A token volume also brings the CA and the namespace, which are no credentials: only its token file counts. */
function mountPaths({ source, mountPath, keys }: VolumeMount): Pattern[] {
  const files = source === 'service-account-token' ? keys.map((key) => `${mountPath}/${key}`) : [];
  return (files.length > 0 ? files : [mountPath]).map((prefix) => ({
    type: 'path',
    prefix: canonicalPath(prefix),
  }));
}

/** Read without a system call, so nothing can show whether they are used. */
function environmentSecrets(workload: Controlled, container: Container): Capability[] {
  return container.env
    .filter((one) => one.from === 'secret')
    .map((one) =>
      credential(workload, {
        kind: 'credential-source',
        key: `${container.name}/env/${one.name}/${one.object}`,
        summary: `Secret ${workload.namespace}/${one.object} as environment ${one.name} of ${container.name}`,
        allow: [],
        conditions: ['environment variables are read without a system call: their use cannot be observed'],
        hops: [podHop(workload, `containers[${container.name}].env`, `sets ${one.name} from a Secret`)],
      }),
    );
}

/** Admission adds the token unless pod or, where the pod is silent, ServiceAccount says no. */
function automountedToken(
  workload: Controlled,
  account: ServiceAccount | null,
  gap: string | null,
): Capability[] {
  const { automountToken } = workload.template;
  if (!(automountToken ?? account?.automountToken ?? true)) return [];
  const root = canonicalPath(TOKEN_DIRECTORY);
  const without = workload.containers.filter(
    (container) =>
      !workload.mounts.some(
        (one) => one.container === container.name && canonicalPath(one.mountPath) === root,
      ),
  );
  if (without.length === 0) return [];
  const unknown = automountToken === null && account === null ? gap : null;
  return [
    credential(workload, {
      kind: 'credential-source',
      key: TOKEN_DIRECTORY,
      summary: `token of ServiceAccount ${workload.namespace}/${workload.serviceAccount} mounted at ${TOKEN_DIRECTORY}`,
      allow: [{ type: 'path', prefix: `${root}/token` }],
      conditions: unknown === null ? [] : [`the ServiceAccount may switch it off: ${unknown}`],
      hops: tokenHops(workload, account),
    }),
  ];
}

function tokenHops(workload: Controlled, account: ServiceAccount | null): Hop[] {
  const { automountToken } = workload.template;
  if (automountToken !== null)
    return [podHop(workload, 'automountServiceAccountToken', 'asks for the token of its ServiceAccount')];
  return [
    podHop(workload, 'serviceAccountName', `runs as ServiceAccount ${workload.serviceAccount}`),
    {
      object: `ServiceAccount ${workload.namespace}/${workload.serviceAccount}`,
      ref: account?.ref ?? null,
      field: 'automountServiceAccountToken',
      why: account?.automountToken ? 'true' : 'not set, and the default is to mount the token',
      inherited: false,
    },
  ];
}

function podHop(workload: Controlled, field: string, why: string): Hop {
  return { object: refName(workload.ref), ref: workload.ref, field, why, inherited: false };
}

type Parts = {
  kind: 'secret-read' | 'credential-source';
  key: string;
  summary: string;
  allow: readonly Pattern[];
  conditions?: readonly string[];
  hops: readonly Hop[];
};

function credential(workload: Controlled, parts: Parts): Capability {
  const { kind, key, summary, allow, conditions = [], hops } = parts;
  return {
    id: `${kind}:${workload.id}:${key}`,
    holder: { type: 'workload', id: workload.id },
    kind,
    summary,
    allow,
    deny: [],
    conditions,
    effect: conditions.length > 0 ? 'conditional' : 'allow',
    origin: 'direct',
    path: hops,
    source: 'workloads',
  };
}
