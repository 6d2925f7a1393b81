/**
 * What a provider of a workload identity pool makes of a token: attribute mappings and the attribute condition.
 * https://cloud.google.com/iam/docs/workload-identity-federation#mapping
 */
import type { GcpPoolProvider } from '../../model/gcp.ts';
import type { Ternary } from '../ternary.ts';
import { type Cel, evaluateCel, HOLE, type Lookup, type Plain, plain } from './cel.ts';
import { parseCel } from './cel-parse.ts';
import type { Attributes } from './principal.ts';

export type ExternalToken =
  /** `audience` null: not known. `claims`: further ones that are known. */
  | {
      type: 'oidc';
      issuer: string;
      subject: string;
      audience: string | null;
      claims?: Readonly<Record<string, string>>;
    }
  /** ARN of a role or user, or of a session of a role. */
  | { type: 'aws'; arn: string };
export type Assertion = {
  /** Null value: there, but not known. */
  claims: ReadonlyMap<string, Plain>;
  from: string;
  conditions: readonly string[];
};
export type Mapped = {
  admitted: Ternary;
  /** `*` stands for what is not known of it. */
  subject: string;
  attributes: Attributes;
  conditions: readonly string[];
};

/** Null: the provider does not take such a token. `number`: of the provider's project, for its own audience. */
export function assertionOf(
  provider: GcpPoolProvider,
  token: ExternalToken,
  number: string | null,
): Assertion | null {
  if (token.type === 'aws') return awsAssertion(provider, token.arn);
  if (provider.issuer === null || sameIssuer(provider.issuer) !== sameIssuer(token.issuer)) return null;
  const claims = new Map<string, Plain>(Object.entries(token.claims ?? {}));
  for (const [name, value] of claimsOfSubject(token.subject)) claims.set(name, value);
  claims.set('sub', token.subject).set('iss', token.issuer);
  const conditions: string[] = [];
  if (token.audience === null) conditions.push(`the token's audience is one of ${provider.name}`);
  else if (!audiencesOf(provider, number).includes(token.audience)) return null;
  else claims.set('aud', token.audience);
  return { claims, from: token.issuer, conditions };
}

/**
 * Tokens of ServiceAccounts say the same twice.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims
 */
export function claimsOfSubject(subject: string): [string, Plain][] {
  const [, namespace, name] = /^system:serviceaccount:([^:]{1,300}):([^:]{1,300})$/.exec(subject) ?? [];
  if (namespace === undefined || name === undefined) return [];
  return [
    ['kubernetes.io.namespace', namespace],
    ['kubernetes.io.serviceaccount.name', name],
  ];
}

function sameIssuer(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

/** Without a list, a provider takes its own name, with and without `https:`. */
function audiencesOf({ name, audiences }: GcpPoolProvider, number: string | null): string[] {
  if (audiences.length > 0) return [...audiences];
  const names = [name, ...(number === null ? [] : [name.replace(/^projects\/[^/]+/, `projects/${number}`)])];
  return names.flatMap((one) => [`//iam.googleapis.com/${one}`, `https://iam.googleapis.com/${one}`]);
}

const ROLE = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(.{1,600})$/s;
const SESSION = /^arn:aws[a-z-]*:(?:sts|iam)::(\d{12}):/;

/** The token is a signed GetCallerIdentity: of a role it tells the session, of which the name is not known here. */
function awsAssertion({ awsAccount }: GcpPoolProvider, arn: string): Assertion | null {
  const account = SESSION.exec(arn)?.[1];
  if (account === undefined || awsAccount !== account) return null;
  const role = ROLE.exec(arn);
  const name = role?.[3]?.split('/').at(-1);
  const caller = role ? `arn:${role[1]}:sts::${account}:assumed-role/${name}/${HOLE}` : arn;
  const claims = new Map<string, Plain>([
    ['arn', caller],
    ['account', account],
    ['userid', HOLE],
  ]);
  return { claims, from: `AWS account ${account}`, conditions: [] };
}

/** https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds#mappings-and-conditions */
const AWS_DEFAULT: Readonly<Record<string, string>> = {
  'google.subject': 'assertion.arn',
  'attribute.aws_role':
    "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
};

/** Key → expression. */
export function mappingOf({ attributeMapping, awsAccount }: GcpPoolProvider): [string, string][] {
  const given = Object.entries(attributeMapping);
  return given.length === 0 && awsAccount !== null ? Object.entries(AWS_DEFAULT) : given;
}

export function mapToken(provider: GcpPoolProvider, { claims }: Pick<Assertion, 'claims'>): Mapped {
  const mapping = mappingOf(provider);
  const source: Lookup = (path) => claimOf(claims, path);
  const values = new Map<string, Cel>(mapping.map(([key, text]) => [key, evaluate(text, source)]));
  const subject = values.get('google.subject');
  // Part of a subject that is not known is a matter of who is meant; that it can be made at all is not.
  const conditions = subject?.type === 'value' ? [] : [`the subject is ${subjectWords(mapping)}`];
  const admitted = conditionOf(provider, (path) => values.get(path) ?? source(path));
  return {
    admitted: subject?.type === 'error' ? 'no' : admitted.holds,
    subject: subjectOf(subject),
    attributes: { values: attributesOf(values), all: true },
    conditions: [...conditions, ...admitted.words],
  };
}

function subjectOf(value: Cel | undefined): string {
  if (value?.type !== 'value' || typeof value.value !== 'string') return '*';
  return value.value.replaceAll(HOLE, '*');
}

function subjectWords(mapping: readonly (readonly [string, string])[]): string {
  const [, text] = mapping.find(([key]) => key === 'google.subject') ?? [];
  return text === undefined ? 'not mapped' : `what ${text.slice(0, 200)} makes of the token`;
}

function claimOf(claims: ReadonlyMap<string, Plain>, path: string): Cel | null {
  if (!path.startsWith('assertion.')) return null;
  const value = claims.get(path.slice('assertion.'.length));
  return value === undefined || value === HOLE ? null : plain(value);
}

function evaluate(text: string, lookup: Lookup): Cel {
  const tree = parseCel(text);
  return tree === null ? { type: 'unknown', words: [text.slice(0, 500)] } : evaluateCel(tree, lookup);
}

function attributesOf(values: ReadonlyMap<string, Cel>): ReadonlyMap<string, string | null> {
  const named = [...values].filter(([key]) => key !== 'google.subject');
  return new Map(named.map(([key, value]) => [key === 'google.groups' ? 'group' : key, textOf(value)]));
}

function textOf(value: Cel): string | null {
  const known = value.type === 'value' && typeof value.value === 'string' && !value.value.includes(HOLE);
  return known ? (value.value as string) : null;
}

function conditionOf(
  { attributeCondition }: GcpPoolProvider,
  lookup: Lookup,
): { holds: Ternary; words: readonly string[] } {
  if (attributeCondition === null || attributeCondition === '') return { holds: 'yes', words: [] };
  const value = evaluate(attributeCondition, lookup);
  if (value.type === 'unknown') return { holds: 'unknown', words: value.words };
  return { holds: value.type === 'value' && value.value === true ? 'yes' : 'no', words: [] };
}
