/** Whether a request goes to a Kubernetes API server. */
import type { RequestHead } from '../../wire/types.ts';
import { bearerToken } from '../identity/bearer.ts';
import { readClaims } from '../identity/jwt.ts';
import type { Place } from '../request-target.ts';

const HOSTS =
  /^kubernetes(?:\.default(?:\.svc(?:\.[a-z0-9.-]+)?)?)?$|\.eks\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$|\.azmk8s\.(?:io|us|cn)$|\.gke\.goog$/;
const CLIENTS =
  /^kube|client-go|kubernetes-client|\bkubernetes\b|\$Format|^helm|^OpenAPI-Generator\/[\d.]+\/(?:python|java|csharp)/i;
/** Resources of the core group whose names other APIs would hardly use below `/api/v1`. */
const CORE =
  /^\/api\/v1\/(?:watch\/)?(?:namespaces(?:\/|$)|pods(?:\/|$)|configmaps|serviceaccounts|persistentvolume|replicationcontrollers|resourcequotas|limitranges|componentstatuses|podtemplates|endpoints(?:\/|$)|secrets(?:\/|$)|nodes(?:\/|$))/;
/** Core resources whose names others use as well. */
const COMMON = /^\/api\/v1\/(?:watch\/)?(?:services|events)(?:\/|$)|^\/apis?(?:\/v1)?\/?$/;
/** A group with a dot, or one that Kubernetes brings without, and a version as Kubernetes writes it. */
const GROUPED =
  /^\/apis\/(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|apps|batch|autoscaling|policy|extensions)\/v\d+(?:(?:alpha|beta)\d+)?(?:\/|$)/;
const API = /^\/apis?(?:\/|$)/;
const OTHER = /^\/(?:version|openapi\/v[23]|healthz|livez|readyz|openid\/v1\/jwks)(?:\/|$)/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

function isServiceAccount({ headers }: RequestHead): boolean {
  const token = bearerToken(headers);
  const sub = token === null ? null : readClaims(token)?.sub;
  return sub?.startsWith('system:serviceaccount:') ?? false;
}

/** By the host or the client; by the path alone only where no other API has such paths. */
export function isKubernetes(head: RequestHead, place: Place): boolean {
  const { path, host, authority } = place;
  if (GROUPED.test(path)) return true;
  const known = HOSTS.test(host) || CLIENTS.test(head.headers.get('user-agent') ?? '');
  if (known) return API.test(path) || OTHER.test(path);
  if (!API.test(path)) return false;
  const likely = ADDRESS.test(host) || authority.endsWith(':6443');
  if (CORE.test(path)) return likely || isServiceAccount(head);
  return likely && COMMON.test(path) && isServiceAccount(head);
}
