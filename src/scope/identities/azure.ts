/**
 * Where Azure's libraries look for credentials in a pod: variables with a secret, the federated token of workload
 * identity, then the managed identity of the node.
 * https://learn.microsoft.com/azure/developer/intro/azure-developer-cli-authentication, DefaultAzureCredential
 */
import type { AzureEstate, AzureIdentity } from '../../model/azure.ts';
import type { CredentialCandidate, Hop } from '../../model/configured.ts';
import { accountHop, annotation, ownHop, type PodContext, variable } from './context.ts';
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
      principal: client === null ? null : `azure:app:${client}`,
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
  if (!labelled && !set) return unlabelled(context, client);
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
  return [trusted(context, estate, { ...base, principal: `azure:app:${client}` }, client)];
}

/** Annotated and not labelled is the common mistake: nothing is injected. */
function unlabelled(context: PodContext, client: string | null): Found[] {
  if (annotation(context, CLIENT) === null) return [];
  return [
    {
      cloud: 'azure',
      mechanism: 'federated-token',
      principal: `azure:app:${client}`,
      state: 'broken',
      reason: `its ServiceAccount names ${client}, and its pods lack the label ${USE}=true, so no token is injected`,
      path: [accountHop(context, `metadata.annotations["${CLIENT}"]`, `names ${client}`)],
      conditions: [],
    },
  ];
}

function trusted(
  { workload }: PodContext,
  estate: AzureEstate | null,
  base: Omit<Found, 'state' | 'reason'>,
  client: string,
): Found {
  const identity = estate?.identities.find((one) => one.clientId.toLowerCase() === client.toLowerCase());
  if (!estate || !identity) {
    const reason = estate ? `no identity with client id ${client} was read` : 'Azure was not read';
    return {
      ...base,
      state: 'unknown',
      reason,
      conditions: [`${client} trusts this ServiceAccount: ${reason}`],
    };
  }
  const subject = `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`;
  const own = estate.federatedCredentials.filter(
    (one) => same(one.identity, identity.id) && one.subject === subject,
  );
  const fitting = own.filter(({ audiences }) => audiences.includes(AUDIENCE));
  const issuers = new Set(
    estate.clusters.flatMap(({ issuer }) => (issuer === null ? [] : [slashless(issuer)])),
  );
  const known = fitting.find(({ issuer }) => issuers.has(slashless(issuer)));
  const one = known ?? fitting[0];
  if (!one) return { ...base, state: 'broken', reason: brokenBecause(identity, subject, own.length > 0) };
  const path = [...base.path, credentialHop(identity, one.name, subject)];
  const reason = `${identity.name} trusts ${subject} by ${one.name}`;
  if (known) return { ...base, path, state: 'works', reason };
  const conditions = [`${one.issuer} is the issuer of this cluster, which was not read`];
  return { ...base, path, state: 'unknown', reason, conditions };
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
  if (foreign || kubelet === null) return [];
  const { state, reason, conditions } = metadataReach(context);
  const object = `AKS cluster ${clusters[0]!.name}`;
  const why = 'the nodes carry the identity of the kubelet';
  return [
    {
      cloud: 'azure',
      mechanism: 'node-identity',
      principal: `azure:app:${kubelet.clientId}`,
      state: state === 'yes' ? 'works' : state === 'no' ? 'unreachable' : 'unknown',
      reason,
      path: [{ object, ref: null, field: 'identityProfile.kubeletidentity', why, inherited: true }],
      conditions,
    },
  ];
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function slashless(url: string): string {
  return url.replace(/\/+$/, '');
}
