/**
 * The question of `--can` as a user types it:
 *
 *   SUBJECT s3:GetObject [RESOURCE]              an action of a cloud
 *   SUBJECT get pods[.GROUP][/NAME] [--subresource log] [-n NAMESPACE | -A]   as kubectl auth can-i
 *   SUBJECT get /healthz                         a path of the API server
 *   SUBJECT -> TARGET:PORT[/UDP]                 a connection (also with →); TARGET: namespace/pod, address or host
 *
 * SUBJECT: a workload (`deploy/research/agent`, `research/agent`), `pod/NAMESPACE/NAME`, `sa/NAMESPACE/NAME`,
 * `user/NAME[,GROUP…]`, an ARN, a principal of GCP (`serviceAccount:…`, `principal://…`, an account's address) or of Azure
 * (`azure:app:…`).
 */
import { isIP } from 'node:net';
import { type KubernetesResource, kubernetesResource } from '../catalog/kubernetes-resources.ts';
import { UserError } from '../errors.ts';
import type { Query, QueryAction, QuerySubject } from '../model/query.ts';

const EXAMPLES =
  "for example: --can 'deploy/research/agent s3:GetObject arn:aws:s3:::corpus/x', --can 'sa/research/agent get secrets', --can 'research/agent -> 10.0.0.7:443'";

export function parseQuestion(text: string): Query {
  const words = text
    .trim()
    .replace(/\s(->|→)(?=\S)/, ' $1 ')
    .split(/\s+/);
  const [first, second, ...rest] = words;
  if (!first || !second) throw unclear(text, 'expected a subject and what it would do');
  const subject = parseSubject(first);
  if (second === '->' || second === '→') return { subject, action: parseEgress(text, rest) };
  if (isCloudAction(second)) return { subject, action: parseCloud(text, second, rest) };
  return { subject, action: parseKubernetes(text, subject, second, rest) };
}

function unclear(text: string, why: string): UserError {
  return new UserError(`--can "${text}": ${why}`, { hint: EXAMPLES });
}

function parseSubject(word: string): QuerySubject {
  if (word.startsWith('arn:')) return { awsPrincipal: word };
  if (
    /^(serviceAccount|principal|principalSet|group):/.test(word) ||
    /^[^/]+\.gserviceaccount\.com$/.test(word)
  )
    return { gcpPrincipal: word };
  if (word.startsWith('azure:')) return { azurePrincipal: word };
  if (word.startsWith('system:')) return { user: word };
  const [kind, ...rest] = word.split('/');
  const name = rest.join('/');
  if (/^(sa|serviceaccounts?)$/i.test(kind!) && rest.length === 2) return { serviceAccount: name };
  if (/^(po|pods?)$/i.test(kind!) && rest.length === 2) return { pod: name };
  if (/^users?$/i.test(kind!) && name !== '') {
    const [user, ...groups] = name.split(',');
    return { user: user!, ...(groups.length > 0 ? { groups } : {}) };
  }
  return { workload: word };
}

/** `s3:GetObject`, `storage.objects.get`, `Microsoft.Storage/storageAccounts/read`; a verb of Kubernetes has none of it. */
function isCloudAction(word: string): boolean {
  return /^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(word) || /^[A-Za-z0-9]+\.[A-Za-z0-9.]+(\/\S+)?$/.test(word);
}

function parseCloud(text: string, action: string, rest: readonly string[]): QueryAction {
  if (rest.length > 1) throw unclear(text, `more than one resource: ${rest.join(' ')}`);
  // Any other text would be covered by a statement for all resources, and by no other.
  if (action.includes(':') && rest[0] !== undefined && !/^(arn:|\*)/.test(rest[0]))
    throw unclear(text, `${rest[0]} is no ARN`);
  return { kind: 'cloud-action', action, ...(rest[0] === undefined ? {} : { resource: rest[0] }) };
}

function parseEgress(text: string, rest: readonly string[]): QueryAction {
  const match = /^(.+):(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(rest.join(''));
  const port = Number(match?.[2]);
  if (!match || port < 1 || port > 65_535)
    throw unclear(text, 'expected TARGET:PORT after the arrow, e.g. 10.0.0.7:443');
  const protocol = (match[3] ?? 'tcp').toUpperCase() as 'TCP' | 'UDP' | 'SCTP';
  return { kind: 'egress', to: targetOf(text, match[1]!.replace(/^\[(.*)\]$/, '$1')), port, protocol };
}

function targetOf(question: string, text: string): Extract<QueryAction, { kind: 'egress' }>['to'] {
  if (isIP(text) !== 0) return { ip: text };
  if (/^[\d.]+$/.test(text) || text.includes(':')) throw unclear(question, `${text} is no address`);
  return text.includes('/') ? { pod: text.replace(/^pods?\//, '') } : { host: text };
}

type Options = { namespace: string | null; subresource: string | null; words: string[] };

function parseKubernetes(
  text: string,
  subject: QuerySubject,
  verb: string,
  rest: readonly string[],
): QueryAction {
  const { namespace, subresource, words } = optionsOf(text, subject, rest);
  const [what, ...more] = words;
  if (!what || more.length > 0) throw unclear(text, `expected one resource or path after "${verb}"`);
  if (what.startsWith('/')) return { kind: 'kubernetes-action', verb, path: what };
  const [typed, name = null] = what.split('/');
  const { group, resource } = resourceOf(text, typed!);
  return { kind: 'kubernetes-action', verb, apiGroup: group, resource, subresource, namespace, name };
}

/**
 * As kubectl, short names and singulars, and the group of a name without one. What is not known by its name alone is
 * asked for with its group: taken as core, it would be denied whatever the bindings say.
 */
function resourceOf(text: string, typed: string): KubernetesResource {
  const [word, ...rest] = typed.split('.');
  const group = rest.join('.');
  const known = kubernetesResource(word!);
  if (known !== null && (group === '' || group === known.group)) return known;
  if (group !== '' || word === '*') return { group, resource: word! };
  throw unclear(
    text,
    `"${typed}" is no resource of Kubernetes itself: write others with their group, as certificates.cert-manager.io`,
  );
}

/** Without -n: the subject's own namespace, as kubectl takes the context's. */
function optionsOf(text: string, subject: QuerySubject, rest: readonly string[]): Options {
  const options: Options = { namespace: namespaceOf(subject), subresource: null, words: [] };
  const words = [...rest];
  while (words.length > 0) {
    const word = words.shift()!;
    const [flag, inline] = word.startsWith('--') && word.includes('=') ? splitOnce(word) : [word, undefined];
    if (flag === '-A' || flag === '--all-namespaces') options.namespace = null;
    else if (flag === '-n' || flag === '--namespace')
      options.namespace = inline ?? optionValue(text, flag, words);
    else if (flag === '--subresource') options.subresource = inline ?? optionValue(text, flag, words);
    else if (flag.startsWith('-')) throw unclear(text, `unknown option ${flag}`);
    else options.words.push(word);
  }
  return options;
}

function splitOnce(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

function optionValue(text: string, flag: string, words: string[]): string {
  const value = words.shift();
  if (value === undefined) throw unclear(text, `${flag} needs a value`);
  return value;
}

function namespaceOf(subject: QuerySubject): string | null {
  if ('serviceAccount' in subject) return subject.serviceAccount.split('/')[0] ?? null;
  if ('pod' in subject) return subject.pod.split('/')[0] ?? null;
  if ('user' in subject) return /^system:serviceaccount:([^:]+):/.exec(subject.user)?.[1] ?? null;
  if (!('workload' in subject)) return null;
  return subject.workload.split('/').at(-2) ?? null;
}
