/** Names of files and objects made of foreign names: neither may leave its directory nor break its grammar. */

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

/** Longest object name of Kubernetes (RFC 1123 subdomain). */
const OBJECT = 253;
/** Most file systems take 255 bytes. */
const FILE = 200;

export function objectName(name: string, suffix: string): string {
  const base = plain(name).slice(0, OBJECT - suffix.length - 1) || 'workload';
  return `${base}-${suffix}`;
}

export function fileName(namespace: string | null, name: string, suffix: string): string {
  const base = plain(namespace === null ? name : `${namespace}-${name}`).slice(0, FILE) || 'workload';
  return `${base}.${suffix}`;
}
