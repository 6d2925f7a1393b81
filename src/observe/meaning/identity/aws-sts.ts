/** STS: which role a request asks for and as whom, and whose the keys of its answer are. */

import { awsPrincipal } from '../cloud/aws.ts';
import { awsOutcome } from '../cloud/aws-error.ts';
import { type AwsRequest, isForm } from '../cloud/aws-request.ts';
import { addForm, type Params, readForm } from '../cloud/params.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { sayHop, WORKLOAD } from './hop.ts';
import { type Claims, readClaims, subjectOf } from './jwt.ts';
import { identityOf, learn } from './known.ts';

const ARN = /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):[\w+=,.@/-]{1,300}$/;
const KEY = /^[A-Z0-9]{16,128}$/;
const DECODER = new TextDecoder();

/** The text of an element, of answers that are small and flat. */
function element(xml: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(xml)?.[1] ?? null;
}

/** `aws:arn:…`; `aws:role:unknown` where no ARN was sent, or none that is one. */
export function rolePrincipal(arn: string | undefined): { principal: string; account: string | null } {
  const match = ARN.exec(arn ?? '');
  return match
    ? { principal: `aws:${arn}`, account: match[1]! }
    : { principal: 'aws:role:unknown', account: null };
}

type Call = { request: AwsRequest; params: Params; seen: Whole; xml: string };

function claimWords(claims: Claims | null): Record<string, readonly string[]> {
  return {
    ...(claims?.iss ? { issuer: [claims.iss] } : {}),
    ...(claims && claims.aud.length > 0 ? { audience: claims.aud } : {}),
  };
}

function keyOf(xml: string): string | null {
  const key = element(xml, 'AccessKeyId');
  return key !== null && KEY.test(key) ? key : null;
}

function webIdentity({ params }: Call) {
  const claims = readClaims(params.get('webidentitytoken') ?? '');
  const from = (claims && subjectOf(claims)) ?? WORKLOAD;
  const kind = from.startsWith('system:serviceaccount:') ? 'irsa' : 'web-identity';
  return { from, mechanism: 'sts-web-identity' as const, kind, words: claimWords(claims) };
}

/** From whom, and by what, for each operation that hands out keys of a role. */
function roleCall(world: World, call: Call) {
  const { request, params } = call;
  const own = awsPrincipal(world, request).id ?? WORKLOAD;
  switch (params.get('action')) {
    case 'AssumeRole':
      return { from: own, mechanism: 'sts-assume-role' as const, kind: 'assume-role' };
    case 'AssumeRoleWithWebIdentity':
      return webIdentity(call);
    case 'AssumeRoleWithSAML': {
      const provider = params.get('principalarn') ?? '';
      return {
        from: ARN.test(provider) ? `saml:${provider}` : WORKLOAD,
        mechanism: 'sts-saml' as const,
        kind: 'saml',
      };
    }
    default:
      return null;
  }
}

function outcomeOf({ seen }: Call): { error: boolean; denied: boolean } {
  const { error, denied } = awsOutcome(seen.response, seen.answer);
  return { error, denied };
}

function assume(world: World, call: Call): boolean {
  const role = roleCall(world, call);
  if (!role) return false;
  const { principal, account } = rolePrincipal(call.params.get('rolearn'));
  const source = `${role.kind} ${principal.replace(/^aws:/, '')}`;
  const handedOut = [keyOf(call.xml)];
  sayHop(world, { ...role, to: principal, source, handedOut, account, ...outcomeOf(call) }, call.seen);
  return true;
}

/** Keys of the same principal, for a time. */
function session(world: World, call: Call): void {
  const { credential } = call.request;
  const from = awsPrincipal(world, call.request).id ?? WORKLOAD;
  const account = credential && (identityOf(world, credential.keyId)?.account ?? null);
  const handedOut = [keyOf(call.xml)];
  const hop = {
    from,
    to: from,
    mechanism: 'sts-session-token' as const,
    source: `session-token ${from}`,
    handedOut,
  };
  sayHop(world, { ...hop, account, ...outcomeOf(call) }, call.seen);
}

function assumeRoot(world: World, call: Call): void {
  const target = /(\d{12})/.exec(call.params.get('targetprincipal') ?? '')?.[1] ?? null;
  const from = awsPrincipal(world, call.request).id ?? WORKLOAD;
  const to = target === null ? 'aws:root:unknown' : `aws:arn:aws:iam::${target}:root`;
  const hop = {
    from,
    to,
    mechanism: 'sts-assume-root' as const,
    source: `assume-root ${to}`,
    handedOut: [keyOf(call.xml)],
  };
  sayHop(world, { ...hop, account: target, ...outcomeOf(call) }, call.seen);
}

/** `assumed-role/<role>/<session>`: sessions are many, and have names of people. */
export function callerPrincipal(arn: string): string {
  return `aws:${arn.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1').replace(/(:federated-user\/).*$/, '$1*')}`;
}

function sameRole(known: string | undefined, told: string): boolean {
  const role = /^aws:arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(?:assumed-)?role\/(?:.*\/)?([^/]+)$/;
  const [, account, name] = role.exec(told) ?? [];
  if (known === `aws:role:${name}`) return false;
  const other = role.exec(known ?? '');
  return other !== null && other[1] === account && other[2] === name;
}

/** The answer tells whose the key is that signed the request. */
function callerIdentity(world: World, { request, xml, seen }: Call): void {
  const arn = element(xml, 'Arn');
  const { credential } = request;
  if (arn === null || !ARN.test(arn) || !credential) return;
  const before = awsPrincipal(world, request);
  const principal = callerPrincipal(arn);
  if (sameRole(before.id ?? undefined, principal)) return;
  learn(world, credential.keyId, { principal, account: ARN.exec(arn)![1]! });
  const { at } = seen.ending;
  const subject = `${before.key} ${before.id ?? principal}`;
  world.say({
    kind: 'credential-source',
    subject,
    context: 'aws',
    principal,
    at,
    count: 0,
    words: { principal: [principal] },
  });
}

/** Null: none of the operations that say who is who. */
export function readSts(world: World, request: AwsRequest) {
  if (request.signing !== 'sts' && !(isForm(request.head) && request.signing === null)) return null;
  return whole((seen) => {
    request.body = seen.request;
    const params: Params = new Map();
    addForm(params, readForm(seen.request));
    addForm(params, request.place.query);
    const call = { request, params, seen, xml: DECODER.decode(seen.answer.subarray(0, 16_384)) };
    if (assume(world, call)) return;
    const action = params.get('action');
    if (action === 'GetSessionToken' || action === 'GetFederationToken') session(world, call);
    else if (action === 'AssumeRoot') assumeRoot(world, call);
    else if (action === 'GetCallerIdentity') callerIdentity(world, call);
  });
}
