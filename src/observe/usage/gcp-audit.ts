/**
 * Cloud Audit Logs of Google Cloud: they name the permission and the resource themselves.
 * https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
 */
import { field, objects } from '../meaning/json-fields.ts';
import { time, type UsageEvent, type UsageReader, word } from './event.ts';

const SOURCE = 'log:gcp-audit';
const PERMISSION_DENIED = 7;

export const gcpAudit: UsageReader = { source: SOURCE, read };

function read(record: unknown): readonly UsageEvent[] | null {
  const payload = field(record, 'protoPayload');
  if (!String(field(payload, '@type')).endsWith('google.cloud.audit.AuditLog')) return null;
  const at = time(field(record, 'timestamp'));
  const principal = principalOf(payload);
  if (at === null || principal === null) return [];
  const base = { source: SOURCE, pod: null, at } as const;
  const failed = Number(field(payload, 'status', 'code') ?? 0);
  const asked = objects(field(payload, 'authorizationInfo')).flatMap((info): UsageEvent[] => {
    const permission = word(info.permission);
    if (permission === null) return [];
    const denied = failed === PERMISSION_DENIED || info.granted === false;
    const outcome = denied ? 'denied' : failed === 0 ? 'done' : 'failed';
    const context = relative(word(info.resource));
    return [{ ...base, principal, kind: 'cloud-action', subject: `gcp:${permission}`, context, outcome }];
  });
  return [
    ...hopsOf(payload, principal).map((subject) => ({ ...base, ...hop(principal, subject, failed) })),
    ...asked,
  ];
}

/** `gcp:<account>`, or the identity of a pool. */
function principalOf(payload: unknown): string | null {
  const info = field(payload, 'authenticationInfo');
  const email = word(field(info, 'principalEmail'));
  if (email !== null) return `gcp:${email.toLowerCase()}`;
  const subject = word(field(info, 'principalSubject'));
  return subject === null ? null : `gcp:${subject.replace(/^serviceAccount:/, '')}`;
}

/** Who impersonated whom, the first one first. */
function hopsOf(payload: unknown, principal: string): string[] {
  const chain = objects(field(payload, 'authenticationInfo', 'serviceAccountDelegationInfo')).flatMap(
    (one) => {
      const email = word(field(one, 'firstPartyPrincipal', 'principalEmail')) ?? word(one.principalSubject);
      return email === null ? [] : [`gcp:${email.replace(/^serviceAccount:/, '').toLowerCase()}`];
    },
  );
  const all = [...chain, principal];
  return chain.map((from, index) => `${from} → ${all[index + 1]}`);
}

function hop(
  principal: string,
  subject: string,
  failed: number,
): Pick<UsageEvent, 'principal' | 'kind' | 'subject' | 'context' | 'outcome'> {
  return {
    principal: subject.split(' → ')[0] ?? principal,
    kind: 'identity-hop',
    subject,
    context: 'gcp-impersonation',
    outcome: failed === 0 ? 'done' : failed === PERMISSION_DENIED ? 'denied' : 'failed',
  };
}

/** `//storage.googleapis.com/projects/_/buckets/b` without the service. */
function relative(resource: string | null): string | null {
  return resource === null ? null : resource.replace(/^\/\/[^/]+\//, '');
}
