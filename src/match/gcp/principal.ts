/**
 * Principals as policies write them, in one form: members of allow policies, principals of deny policies and targets
 * of access boundaries. https://cloud.google.com/iam/docs/principal-identifiers
 */
import { relativeName } from './resource.ts';

/** What is known of an identity of a pool. */
export type Attributes = {
  /** `google.groups` has the key `group`, a custom one `attribute.x`; null: there, and not known. */
  values: ReadonlyMap<string, string | null>;
  /** Whether it has no others. */
  all: boolean;
};

/** One that can act. */
export type Who =
  | { type: 'service-account'; email: string }
  | { type: 'user'; email: string }
  | {
      type: 'workload';
      /** `projects/N/locations/global/workloadIdentityPools/POOL`; of GKE the pool's id alone, which names its project. */
      pool: string;
      /** `*` stands for what is not known of it. */
      subject: string;
      attributes: Attributes;
    }
  | { type: 'unknown'; text: string };

/** What a policy names. */
export type Member =
  | { kind: 'service-account' | 'user' | 'group' | 'domain' | 'customer'; name: string }
  | { kind: 'all' | 'authenticated' | 'deleted' }
  /** Whoever holds the basic role on the project. */
  | { kind: 'convenience'; role: string; node: string }
  /** Every service account, service agent, or identity at or below the node. */
  | { kind: 'accounts-of' | 'agents-of' | 'identities-of'; node: string }
  | { kind: 'subject'; pool: string; subject: string }
  | { kind: 'pool'; pool: string }
  | { kind: 'attribute'; pool: string; name: string; value: string }
  | { kind: 'unknown'; text: string };

const POOLS =
  /^(projects\/[^/]{1,200}\/locations\/global\/workloadIdentityPools\/([^/]{1,200}))(?:\/(.*))?$/s;
const CLASSIC = /^([^[\]/@]{1,200}\.svc\.id\.goog)\[([^[\]/]{1,300})\/([^[\]/]{1,300})\]$/;
const SERVICE_ACCOUNT = /^projects\/[^/]{1,200}\/serviceAccounts\/([^/]{1,300})$/;
const CONVENIENCE: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  projectOwner: 'roles/owner',
  projectEditor: 'roles/editor',
  projectViewer: 'roles/viewer',
});

/** Pools of GKE are named by the id of their project, in which one address is one identity for every cluster. */
export function poolName(pool: string, id: string): string {
  return id.endsWith('.svc.id.goog') ? id : pool;
}

export function parseMember(text: string): Member {
  if (text.startsWith('deleted:')) return { kind: 'deleted' };
  if (text === 'allUsers' || text === 'principalSet://goog/public:all') return { kind: 'all' };
  if (text === 'allAuthenticatedUsers') return { kind: 'authenticated' };
  if (/^principal(Set)?:\/\//.test(text)) return parsePrincipal(text);
  if (text.startsWith('//')) return parseTarget(text);
  const colon = text.indexOf(':');
  const [kind, name] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)];
  const role = CONVENIENCE[kind];
  if (role !== undefined) return { kind: 'convenience', role, node: `projects/${name}` };
  if (kind === 'serviceAccount')
    return classicMember(name) ?? { kind: 'service-account', name: name.toLowerCase() };
  if (kind === 'user' || kind === 'group' || kind === 'domain') return { kind, name: name.toLowerCase() };
  return { kind: 'unknown', text };
}

/** `serviceAccount:PROJECT.svc.id.goog[NS/KSA]` is the same identity as `principal://…/subject/ns/NS/sa/KSA`. */
function classicMember(name: string): Member | null {
  const match = CLASSIC.exec(name);
  return match === null
    ? null
    : { kind: 'subject', pool: match[1]!, subject: `ns/${match[2]}/sa/${match[3]}` };
}

function parsePrincipal(text: string): Member {
  const path = text.slice(text.indexOf('://') + 3);
  const slash = path.indexOf('/');
  const [host, rest] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (host === 'goog') return googlePrincipal(rest, text);
  if (host === 'cloudresourcemanager.googleapis.com') return nodeSet(rest, text);
  if (host !== 'iam.googleapis.com') return { kind: 'unknown', text };
  const account = SERVICE_ACCOUNT.exec(rest)?.[1];
  if (account !== undefined) return { kind: 'service-account', name: account.toLowerCase() };
  return poolMember(rest, text);
}

function googlePrincipal(rest: string, text: string): Member {
  const slash = rest.indexOf('/');
  const [kind, name] = [rest.slice(0, Math.max(0, slash)), rest.slice(slash + 1)];
  if (kind === 'subject') return { kind: 'user', name: name.toLowerCase() };
  if (kind === 'group') return { kind: 'group', name: name.toLowerCase() };
  return kind === 'cloudIdentityCustomerId' ? { kind: 'customer', name } : { kind: 'unknown', text };
}

/** `projects/N/type/ServiceAccount`: all of them, now and later. */
function nodeSet(rest: string, text: string): Member {
  const [kind, id, word, type, ...more] = rest.split('/', 6);
  if (!/^(projects|folders|organizations)$/.test(kind ?? '') || !id || more.length > 0)
    return { kind: 'unknown', text };
  const node = `${kind}/${id}`;
  if (word === undefined) return { kind: 'identities-of', node };
  if (word === 'type' && type === 'ServiceAccount') return { kind: 'accounts-of', node };
  return word === 'type' && type === 'ServiceAgent' ? { kind: 'agents-of', node } : { kind: 'unknown', text };
}

function poolMember(rest: string, text: string): Member {
  const match = POOLS.exec(rest);
  if (match === null) return { kind: 'unknown', text };
  const pool = poolName(match[1]!, match[2]!);
  const tail = match[3] ?? '';
  if (tail === '*' || tail === '') return { kind: 'pool', pool };
  const slash = tail.indexOf('/');
  const [name, value] = [tail.slice(0, Math.max(0, slash)), tail.slice(slash + 1)];
  if (name === '' || value === '') return { kind: 'unknown', text };
  return name === 'subject'
    ? { kind: 'subject', pool, subject: value }
    : { kind: 'attribute', pool, name, value };
}

/** Targets of boundaries: `//cloudresourcemanager.googleapis.com/projects/N`, `//iam.googleapis.com/…Pools/P`. */
function parseTarget(text: string): Member {
  const name = relativeName(text);
  if (text.startsWith('//cloudresourcemanager.googleapis.com/')) return nodeSet(name, text);
  return text.startsWith('//iam.googleapis.com/') ? poolMember(name, text) : { kind: 'unknown', text };
}

/** `gcp:e`, `serviceAccount:e`, a bare address, `principal://…` or `user:e`. */
export function parseWho(text: string): Who {
  const name = text.startsWith('gcp:') ? text.slice('gcp:'.length) : text;
  const bare = /^[^:/\s]{1,300}@[^:/\s]{1,300}$/.test(name);
  const account = bare && name.endsWith('.gserviceaccount.com');
  const member = parseMember(bare ? `${account ? 'serviceAccount' : 'user'}:${name}` : name);
  if (member.kind === 'service-account') return { type: 'service-account', email: member.name };
  if (member.kind === 'user') return { type: 'user', email: member.name };
  if (member.kind === 'subject')
    return {
      type: 'workload',
      pool: member.pool,
      subject: member.subject,
      attributes: subjectAttributes(member.subject),
    };
  return { type: 'unknown', text: name };
}

const KUBERNETES_SUBJECT = /^ns\/([^/]{1,300})\/sa\/([^/]{1,300})$/;

/** What the subject of a GKE identity tells by itself; in which cluster it runs is not part of it. */
function subjectAttributes(subject: string): Attributes {
  const namespace = KUBERNETES_SUBJECT.exec(subject)?.[1];
  return { values: new Map(namespace === undefined ? [] : [['namespace', namespace]]), all: false };
}
