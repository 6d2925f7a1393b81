/** A server that speaks the list half of the Kubernetes API over TLS, and misbehaves where it is told to. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, pluralOf } from '../../../src/sources/kubernetes/collection.ts';
import { COLLECTIONS } from '../../../src/sources/kubernetes/collections.ts';
import { SETTINGS } from '../../../src/sources/kubernetes/settings.ts';

export type ApiObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
};
/** `path` → what happens instead. `times`: only so often. */
export type Fault = { status: number | 'hang' | 'garbage'; times?: number; retryAfter?: number };
export type ApiServer = {
  kubeconfig: string;
  requests: { method: string; url: URL; authorization: string | undefined }[];
  /** No longer answers. */
  stop(): Promise<void>;
  /** Stops, and takes the kubeconfig away. */
  close(): Promise<void>;
};
export type ServerOptions = {
  objects: readonly ApiObject[];
  faults?: Readonly<Record<string, Fault>>;
  /** Groups that are not served, `policy.networking.k8s.io/v1alpha1`. */
  withoutVersions?: readonly string[];
  token?: string;
  /** Make the kubeconfig trust nothing. */
  untrusted?: boolean;
};

const PAGE_LIMIT = 500;

export async function startApiServer(options: ServerOptions): Promise<ApiServer> {
  const directory = mkdtempSync(join(tmpdir(), 'ai-spm-api-'));
  const { key, cert } = certificate(directory);
  const requests: ApiServer['requests'] = [];
  const faults = new Map(Object.entries(options.faults ?? {}).map(([path, fault]) => [path, { ...fault }]));
  const server = createServer({ key, cert }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://localhost');
    requests.push({ method: request.method ?? '', url, authorization: request.headers.authorization });
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
    if (options.token && request.headers.authorization !== `Bearer ${options.token}`)
      return send(401, failure(401, 'Unauthorized'));
    const fault = faults.get(url.pathname);
    if (fault && (fault.times === undefined || fault.times-- > 0)) {
      if (fault.status === 'hang') return;
      if (fault.status === 'garbage') return response.end('<html>a proxy</html>');
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      return send(fault.status, failure(fault.status, `${url.pathname} is forbidden`), retry);
    }
    const answer = answerTo(url, options);
    return answer ? send(200, answer) : send(404, failure(404, 'the server could not find it'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    kubeconfig: writeKubeconfig(directory, port, options.untrusted ? null : cert, options.token ?? 'test'),
    requests,
    stop,
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true });
    },
  };
}

function answerTo(url: URL, { objects, withoutVersions = [] }: ServerOptions): unknown {
  if (url.pathname === '/apis') return groups(withoutVersions);
  for (const { at } of SETTINGS)
    if (url.pathname === `/api/v1/namespaces/${at.namespace}/configmaps/${at.name}`)
      return objects.find(({ kind, metadata }) => kind === 'ConfigMap' && isAt(metadata, at)) ?? null;
  const constraint = CONSTRAINTS.exec(url.pathname)?.[1];
  if (constraint) return constraintsOf(constraint, objects);
  for (const collection of COLLECTIONS) {
    const version = `${collection.group}/${collection.version}`;
    if (withoutVersions.includes(version)) continue;
    const root = collection.group === '' ? `/api/${collection.version}` : `/apis/${version}`;
    if (pluralOf(collection) === '*') {
      if (url.pathname === root) return kindsOf(collection, objects);
      continue;
    }
    const match = new RegExp(`^${root}(?:/namespaces/([^/]+))?/${pluralOf(collection)}(?:/([^/]+))?$`).exec(
      url.pathname,
    );
    if (!match) continue;
    const mine = objects.filter((one) => belongs(one, collection, match[1]));
    if (match[2] === undefined) return page(mine, collection, url);
    return mine.find(({ metadata }) => metadata.name === match[2]) ?? null;
  }
  return null;
}

function isAt({ namespace, name }: ApiObject['metadata'], at: { namespace: string; name: string }): boolean {
  return namespace === at.namespace && name === at.name;
}

const CONSTRAINTS = /^\/apis\/constraints\.gatekeeper\.sh\/v1beta1\/([a-z0-9]+)$/;

/** Discovery of a group whose kinds anybody makes. */
function kindsOf({ group, version }: Collection, objects: readonly ApiObject[]): unknown {
  const kinds = new Set(
    objects.filter(({ apiVersion }) => apiVersion === `${group}/${version}`).map(({ kind }) => kind),
  );
  const resources = [...kinds].flatMap((kind) => [
    { name: kind.toLowerCase(), kind },
    { name: `${kind.toLowerCase()}/status`, kind },
  ]);
  return { kind: 'APIResourceList', groupVersion: `${group}/${version}`, resources };
}

function constraintsOf(plural: string, objects: readonly ApiObject[]): unknown {
  const items = objects.filter(
    ({ apiVersion, kind }) => apiVersion.startsWith('constraints.') && kind.toLowerCase() === plural,
  );
  return { kind: 'List', apiVersion: 'v1', metadata: {}, items: items.map(({ kind: _, ...rest }) => rest) };
}

function belongs(object: ApiObject, collection: Collection, namespace: string | undefined): boolean {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
  const same = object.kind === collection.kind && group === collection.group;
  return same && (namespace === undefined || object.metadata.namespace === namespace);
}

/** Items of a list carry neither kind nor apiVersion, as the real one's. */
function page(objects: readonly ApiObject[], { kind, group, version }: Collection, url: URL): unknown {
  const start = Number(url.searchParams.get('continue') ?? 0);
  const limit = Math.min(Number(url.searchParams.get('limit') ?? PAGE_LIMIT), PAGE_LIMIT);
  const end = start + limit;
  return {
    kind: `${kind}List`,
    apiVersion: group === '' ? version : `${group}/${version}`,
    metadata: { resourceVersion: '1000', ...(end < objects.length ? { continue: String(end) } : {}) },
    items: objects.slice(start, end).map(({ kind: _, apiVersion: __, ...rest }) => rest),
  };
}

function groups(without: readonly string[]): unknown {
  const versions = new Set(
    COLLECTIONS.filter(({ group }) => group !== '').map((one) => `${one.group}/${one.version}`),
  );
  return {
    kind: 'APIGroupList',
    groups: [...versions]
      .filter((one) => !without.includes(one))
      .map((groupVersion) => ({ name: groupVersion.split('/')[0], versions: [{ groupVersion }] })),
  };
}

function failure(code: number, message: string): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code };
}

function certificate(directory: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

function writeKubeconfig(directory: string, port: number, ca: Buffer | null, token: string): string {
  const path = join(directory, 'kubeconfig');
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    ...(ca ? { 'certificate-authority-data': ca.toString('base64') } : {}),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'lab' } }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
