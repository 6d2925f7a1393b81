/** Paths as subjects: made comparable across processes and windows. */

/** Token and secret mounts: every file of them counts by itself. */
const PINNED = ['/var/run/secrets/', '/run/secrets/'];
/** Directories kept of a path in session cells. */
const TEMPLATE_DEPTH = 3;

/**
 * Lexical: `.`, `..` and doubled slashes go; a `..` through a symlink is misjudged, as everywhere where only the
 * name is known. A pid in /proc is nobody's identity and becomes `<pid>`.
 */
export function normalizePath(path: string): string {
  const clean = /\/\.{0,2}(?:\/|$)/.test(path) ? resolveDots(path) : path;
  if (!clean.startsWith('/proc/')) return clean;
  return clean
    .replace(/^\/proc\/\d+(?=\/|$)/, '/proc/<pid>')
    .replace(/\/(task|fd|fdinfo|map_files)\/[^/]+/, '/$1/<id>');
}

function resolveDots(path: string): string {
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') out.pop();
    else if (part !== '' && part !== '.') out.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${out.join('/')}`;
}

export function isPinned(path: string, more: readonly string[] = []): boolean {
  return PINNED.some((prefix) => path.startsWith(prefix)) || more.some((prefix) => isBelow(path, prefix));
}

function isBelow(path: string, prefix: string): boolean {
  const directory = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(directory);
}

/** `/usr/lib/node_modules/x/y.js` → `/usr/lib/node_modules/**`; pinned paths stay whole. */
export function templatePath(path: string): string {
  if (isPinned(path)) return path;
  const directories = path.split('/').slice(1, -1).slice(0, TEMPLATE_DEPTH);
  return `/${[...directories, '**'].join('/')}`;
}
