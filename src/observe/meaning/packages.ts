/**
 * Packages by the code files that a process loads. Package metadata (package.json, dist-info) is read by resolvers,
 * importlib.metadata and scanners without loading anything, so it never counts.
 */
import type { LoadState, NpmUse, PythonUse } from './artifact-use.ts';

const NODE_CODE = /\.(?:js|cjs|mjs|node|wasm)$/;
const PYTHON_CODE = /\.(?:py|pyc|so(?:\.[\d.]+)?|pyd)$/;
const NPM_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-zA-Z0-9~_-][a-zA-Z0-9._~-]*$/;
const PNPM_VERSION = /\/\.pnpm\/(?:@[^/+]+\+)?[^/@]+@(\d[^/_(]*)[^/]*\/node_modules\/$/;
const SITE = /^(.*\/(?:site|dist)-packages)\/(.+)$/;
const IDENTIFIER = /^[A-Za-z_]\w*$/;
const MODULE_DEPTH = 3;

/** The innermost node_modules names the package; pnpm's store has the version in its path. */
export function nodePackage(path: string, state: LoadState): NpmUse | null {
  if (!NODE_CODE.test(path)) return null;
  const at = path.lastIndexOf('/node_modules/');
  if (at < 0) return null;
  const root = path.slice(0, at + '/node_modules/'.length);
  const parts = path.slice(root.length).split('/');
  const name = parts[0]!.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
  const isFile = parts.length === (name.includes('/') ? 2 : 1);
  if (isFile || !NPM_NAME.test(name) || name.length > 214) return null;
  return { type: 'npm', name, version: PNPM_VERSION.exec(root)?.[1] ?? null, directory: root + name, state };
}

/** `numpy.libs/libopenblas.so` is what auditwheel puts beside a package; `__pycache__` is no part of a name. */
export function pythonPackage(path: string, state: LoadState): PythonUse | null {
  const match = PYTHON_CODE.test(path) ? SITE.exec(path) : null;
  if (!match) return null;
  const parts = match[2]!.split('/').filter((part) => part !== '__pycache__');
  const file = parts.at(-1)!;
  const directories = parts.slice(0, -1);
  const stem = file.replace(/\..*$/, '');
  const names = directories.length === 0 ? [stem] : [...directories, ...(stem === '__init__' ? [] : [stem])];
  const first = names[0]!.replace(/\.libs$/, '');
  const module = [first, ...names.slice(1)].slice(0, MODULE_DEPTH);
  const end = module.findIndex((part) => !IDENTIFIER.test(part));
  if (end === 0) return null;
  return { type: 'python', site: match[1]!, module: end < 0 ? module : module.slice(0, end), state };
}
