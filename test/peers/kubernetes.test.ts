/** kubectl and @kubernetes/client-node against an API server under TLS, by the name that pods know it by. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { type Held, hold, rowsOf } from './held.ts';
import { type Lab, openLab, PEERS, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';
import type { Served } from './servers/served.ts';

const KUBECTL = '/usr/bin/kubectl';
const CLIENT = join(PEERS, 'node/kubernetes.mjs');
const TOKEN = 'c4n4ry-kubernetes-token';
const CLIENTS = [
  {
    name: 'kubectl',
    needs: [KUBECTL],
    commands: [
      [KUBECTL, 'get', 'pods', '-n', 'lab'],
      [KUBECTL, 'get', 'secret', 'db', '-n', 'lab', '-o', 'name'],
      [KUBECTL, 'delete', 'configmap', 'old', '-n', 'lab', '--wait=false'],
      [KUBECTL, 'get', 'deployments', '-n', 'lab'],
    ],
  },
  { name: '@kubernetes/client-node', needs: [CLIENT], commands: [[process.execPath, CLIENT]] },
];

const skipped = noProbes ?? whyNoPeers();
if (skipped) console.warn(`clients of Kubernetes are skipped: ${skipped}`);

describe.skipIf(skipped)('the Kubernetes API', () => {
  let lab: Lab;
  let env: Record<string, string>;
  beforeAll(async () => {
    lab = await openLab();
    env = { KUBECONFIG: kubeconfig(lab.folder) };
  });
  afterAll(() => lab?.stop());

  it.each(CLIENTS)('asked by $name is read as verbs on resources', async ({ name, needs, commands }) => {
    const missing = noProbes ?? whyNoPeers(...needs);
    if (missing) return console.warn(`${name} is skipped: ${missing}`);
    const window = await openWindow(lab);
    const before = lab.served.length;
    for (const [command, ...args] of commands) await window.run(command!, args, { env });
    const seen = await window.close();
    const served = lab.served.slice(before);
    expect(served.length).toBeGreaterThan(3);
    hold(name, seen, accounts(seen, served));
    expect(JSON.stringify(seen.segments)).not.toContain(TOKEN);
  });
});

function kubeconfig(folder: string): string {
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'lab' },
    clusters: [
      {
        name: 'lab',
        cluster: {
          server: 'https://kubernetes.default.svc',
          'certificate-authority': join(folder, 'ca.pem'),
        },
      },
    ],
    users: [{ name: 'lab', user: { token: TOKEN } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab', namespace: 'lab' } }],
  };
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const OBJECT = /^\/apis?\/(?:(\w+)\/)?v1\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/;
const VERBS: Record<string, string> = { POST: 'create', DELETE: 'delete', PUT: 'update', PATCH: 'patch' };

/** As RBAC words it: `get secrets` on `namespace/name`, `list deployments.apps` on `namespace/`. */
function action({ method, path }: Served): string {
  const [, group, namespace, resource, name] = OBJECT.exec(path) ?? [];
  if (!resource) return `get ${path}`;
  const verb = VERBS[method] ?? (name ? 'get' : 'list');
  return `${verb} ${resource}${group ? `.${group}` : ''} on ${namespace}/${name ?? ''}`;
}

function accounts(seen: Seen, served: readonly Served[]): Held[] {
  const kind = 'kubernetes-action' as const;
  const objects = served.filter(({ path }) => OBJECT.test(path));
  const others = served.filter(({ path }) => !OBJECT.test(path));
  const rows = rowsOf(seen, kind, ({ subject, context }) => (context ? `${subject} on ${context}` : subject));
  return [
    {
      ...{ kind, what: 'verbs on objects' },
      said: countOf(objects.map(action)),
      seen: new Map([...rows].filter(([subject]) => subject.includes(' on '))),
    },
    {
      ...{ kind, what: 'discovery' },
      said: countOf(others.map(action)),
      seen: new Map([...rows].filter(([subject]) => !subject.includes(' on '))),
    },
    {
      ...{ kind, what: 'refused' },
      said: countOf(
        objects.filter(({ status }) => status === 403).map((one) => action(one).split(' on ')[0]!),
      ),
      seen: rowsOf(seen, kind, ({ subject }) => subject, 'denied'),
    },
  ];
}
