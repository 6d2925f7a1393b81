/** Container paths. What is opened and what is mounted may be spelled differently; both are brought to one form. */

/**
 * `/var/run` is a link to `/run` in most images, so the kernel reports the latter. Volumes of Secrets, ConfigMaps
 * and tokens are written atomically through `..data` and `..2026_01_31_12_00_00.123` (kubelet, AtomicWriter).
 */
export function canonicalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || /^\.\.(data|\d{4}_.*)$/.test(part)) continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  if (parts[0] === 'var' && parts[1] === 'run') parts.shift();
  return `/${parts.join('/')}`;
}

/** Whether `path` is `prefix` or lies below it: `/etc/key` does not cover `/etc/keys`. */
export function pathUnder(prefix: string, path: string): boolean {
  const root = canonicalPath(prefix);
  const candidate = canonicalPath(path);
  return candidate === root || root === '/' || candidate.startsWith(`${root}/`);
}
