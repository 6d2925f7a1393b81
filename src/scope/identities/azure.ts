/**
 * Where Azure's libraries look for credentials in a pod: variables with a secret, the federated token of workload
 * identity, then the managed identity of the node.
 * https://learn.microsoft.com/azure/developer/intro/azure-developer-cli-authentication, DefaultAzureCredential
 */
import type { AzureEstate, AzureFederatedCredential, AzureIdentity } from '../../model/azure.ts';
import type { CredentialCandidate, Hop } from '../../model/configured.ts';
import { accountHop, annotation, mayBeOf, ownHop, type PodContext, variable } from './context.ts';
import { metadataReach } from './metadata.ts';
import { type Found, ranked } from './rank.ts';

const USE = 'azure.workload.identity/use';
const CLIENT = 'azure.workload.identity/client-id';
/** https://learn.microsoft.com/azure/aks/workload-identity-overview */
const AUDIENCE = 'api://AzureADTokenExchange';
const SECRETS = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH'] as const;

export function azureCredentials(context: PodContext, estate: AzureEstate | null): CredentialCandidate[] {
  return ranked([
    ...environment(context),
    ...federated(context, estate),
    ...(estate ? nodeIdentity(context, estate) : []),
  ]);
}

function environment(context: PodContext): Found[] {
  const found = SECRETS.map((name) => ({ name, set: variable(context, name) })).find(
    ({ set }) => set !== null,
  );
  if (!found) return [];
  const { name, set } = found;
  const client = variable(context, 'AZURE_CLIENT_ID')?.value ?? null;
  return [
    {
      cloud: 'azure',
      mechanism: 'static-keys',
      principal: client === null ? null : appOf(client),
      state: 'works',
      reason: `container ${set!.container.name} sets ${name}, which comes first`,
      path: [
        ownHop(context, `containers[${set!.container.name}].env[${name}]`, 'a secret of an application'),
      ],
      conditions: [],
    },
  ];
}

/** The label on the pod makes the webhook inject the token; the annotation says as whom. */
function federated(context: PodContext, estate: AzureEstate | null): Found[] {
  const labelled = context.workload.podLabels[USE] === 'true';
  const set = variable(context, 'AZURE_FEDERATED_TOKEN_FILE');
  const client = annotation(context, CLIENT) ?? variable(context, 'AZURE_CLIENT_ID')?.value ?? null;
  if (!labelled && !set) return unlabelled(context);
  const path = [
    labelled
      ? ownHop(context, `spec.template.metadata.labels["${USE}"]`, 'asks for a federated token')
      : ownHop(
          context,
          `containers[${set!.container.name}].env[AZURE_FEDERATED_TOKEN_FILE]`,
          'names a token',
        ),
    accountHop(
      context,
      `metadata.annotations["${CLIENT}"]`,
      client === null ? 'names nobody' : `names ${client}`,
    ),
  ];
  const base = { cloud: 'azure', mechanism: 'federated-token', path, conditions: [] } as const;
  if (client === null)
    return [
      { ...base, principal: null, state: 'broken', reason: 'no client id says which identity is asked for' },
    ];
  return [trusted(context, estate, { ...base, principal: appOf(client) }, client)];
}

/** Annotated and not labelled is the common mistake: nothing is injected. */
function unlabelled(context: PodContext): Found[] {
  const client = annotation(context, CLIENT);
  if (client === null) return [];
  return [
    {
      cloud: 'azure',
      mechanism: 'federated-token',
      principal: appOf(client),
      state: 'broken',
      reason: `its ServiceAccount names ${client}, and its pods lack the label ${USE}=true, so no token is injected`,
      path: [accountHop(context, `metadata.annotations["${CLIENT}"]`, `names ${client}`)],
      conditions: [],
    },
  ];
}

type Asked = Omit<Found, 'state' | 'reason'>;

function trusted({ workload }: PodContext, estate: AzureEstate | null, base: Asked, client: string): Found {
  const identity = estate?.identities.find((one) => same(one.clientId, client));
  if (!estate || !identity)
    return undecided(
      base,
      client,
      estate ? `no identity with client id ${client} was read` : 'Azure was not read',
    );
  const subject = `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`;
  const all = estate.federatedCredentials.filter((one) => isOf(one, identity));
  const own = all.filter((one) => one.subject === subject);
  const one = fitting(own, estate);
  if (one) return byCredential(base, estate, { identity, credential: one, subject });
  const flexible = all.find(({ expression }) => expression !== null);
  if (flexible)
    return undecided(
      base,
      client,
      `${flexible.name} trusts by an expression, which is not evaluated: ${flexible.expression}`,
    );
  const gap = credentialGap(estate, identity);
  if (gap !== null && own.length === 0) return undecided(base, client, gap);
  return { ...base, state: 'broken', reason: brokenBecause(identity, subject, own.length > 0) };
}

function undecided(base: Asked, client: string, reason: string): Found {
  const conditions = [`${client} trusts this ServiceAccount: ${reason}`];
  return { ...base, state: 'unknown', reason, conditions };
}

/** Of applications the lists are kept by client id. */
function isOf({ identity }: AzureFederatedCredential, { id, name, clientId }: AzureIdentity): boolean {
  return [id, `app/${clientId}`, `app/${name}`].some((one) => same(one, identity));
}

/** Of an issuer that is known before any other. */
function fitting(own: readonly AzureFederatedCredential[], { clusters }: AzureEstate) {
  const found = own.filter(({ audiences }) => audiences.includes(AUDIENCE));
  return found.find((one) => clusters.some((cluster) => isIssuer(cluster, one))) ?? found[0];
}

function isIssuer(cluster: AzureEstate['clusters'][number], { issuer }: AzureFederatedCredential): boolean {
  return cluster.issuer !== null && slashless(cluster.issuer) === slashless(issuer);
}

type By = { identity: AzureIdentity; credential: AzureFederatedCredential; subject: string };

/** The add-on of the cluster injects the token; somebody may have installed the webhook otherwise. */
function byCredential(base: Asked, { clusters }: AzureEstate, { identity, credential, subject }: By): Found {
  const path = [...base.path, credentialHop(identity, credential.name, subject)];
  const reason = `${identity.name} trusts ${subject} by ${credential.name}`;
  const cluster = clusters.find((one) => isIssuer(one, credential));
  const conditions = !cluster
    ? [`${credential.issuer} is the issuer of this cluster, which was not read`]
    : cluster.workloadIdentity
      ? []
      : [`the webhook of workload identity runs in ${cluster.name}, of which the add-on is off`];
  return { ...base, path, state: conditions.length === 0 ? 'works' : 'unknown', reason, conditions };
}

/** Each identity has a list of its own; null: it was read, or nothing says that it was not. */
function credentialGap({ coverage }: AzureEstate, { id }: AzureIdentity): string | null {
  const row = coverage.find(({ source }) => source === `azure:federated-credentials:${id}`);
  if (!row || row.status === 'read') return null;
  return `the federated credentials of ${id.slice(id.lastIndexOf('/') + 1)} were ${row.reason ?? row.status}`;
}

function brokenBecause({ name }: AzureIdentity, subject: string, audience: boolean): string {
  if (audience)
    return `the federated credential of ${name} for ${subject} is for another audience than ${AUDIENCE}`;
  return `no federated credential of ${name} is for ${subject}`;
}

function credentialHop({ name }: AzureIdentity, credential: string, subject: string): Hop {
  const object = `Managed identity ${name}`;
  return {
    object,
    ref: null,
    field: `federatedIdentityCredentials[${credential}].subject`,
    why: `trusts ${subject}`,
    inherited: false,
  };
}

/** The identity of the kubelet, which the metadata service gives to every pod that reaches it. */
function nodeIdentity(context: PodContext, { clusters }: AzureEstate): Found[] {
  const { nodes } = context;
  const foreign =
    nodes.length > 0 && nodes.every(({ providerId }) => providerId && !providerId.startsWith('azure:'));
  const kubelet = clusters.length === 1 ? clusters[0]!.kubeletIdentity : null;
  if (foreign) return [];
  if (kubelet === null) return unreadNode(context);
  const { state, reason, conditions } = metadataReach(context);
  const object = `AKS cluster ${clusters[0]!.name}`;
  const why = 'the nodes carry the identity of the kubelet';
  return [
    {
      cloud: 'azure',
      mechanism: 'node-identity',
      principal: appOf(kubelet.clientId),
      state: state === 'yes' ? 'works' : state === 'no' ? 'unreachable' : 'unknown',
      reason,
      path: [{ object, ref: null, field: 'identityProfile.kubeletidentity', why, inherited: true }],
      conditions,
    },
  ];
}

function unreadNode(context: PodContext): Found[] {
  const here = context.nodes.some(({ providerId }) => providerId?.startsWith('azure:'));
  if (!here && !mayBeOf('azure', context)) return [];
  const { state, reason, conditions } = metadataReach(context);
  const why = 'the cluster that it is of, which names the identity of its nodes, was not read (az aks list)';
  return [
    {
      ...({ cloud: 'azure', mechanism: 'node-identity', principal: null } as const),
      state: state === 'no' ? 'unreachable' : 'unknown',
      reason: state === 'no' ? reason : why,
      path: [ownHop(context, 'spec.nodeName', 'runs on the node')],
      conditions: state === 'no' ? [] : [...conditions, `its node carries an identity: ${why}`],
    },
  ];
}

/** Ids have no case: as principals they are written in lower case. */
function appOf(client: string): string {
  return `azure:app:${client.toLowerCase()}`;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function slashless(url: string): string {
  return url.replace(/\/+$/, '');
}
