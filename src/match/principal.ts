/** Principals as one: a session of a role is the role, whatever names the session. */

const ASSUMED = /^aws:arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)(?:\/.*)?$/;
const ROLE = /^aws:arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;

/** What is equal for the same identity. Sessions do not tell the path of their role, and names are unique without it. */
export function principalKey(id: string): string {
  if (id.startsWith('postgres:')) return `postgresql:${id.slice('postgres:'.length)}`;
  const match = ASSUMED.exec(id) ?? ROLE.exec(id);
  return match ? `aws:${match[1]}:${match[2]}:role/${match[3]}` : id;
}

/** Whether it says who it is; a fingerprint of a key or a role that was not named does not. */
export function isNamed(id: string): boolean {
  return !/^(aws:(key|role):|gcp:(api-key|token):|azure:(key|token):)/.test(id) && id !== 'workload';
}

/** `postgresql:agent`, however the wire and people write the engine; null: no user of a SQL database. */
export function databasePrincipal(text: string): string | null {
  const key = principalKey(text);
  return /^(?:postgresql|mysql):./s.test(key) ? key : null;
}
