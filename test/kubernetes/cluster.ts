/** A real API server for one test file, with an administrator's hands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programPath } from './build.ts';

export type ApiAnswer = { status: number; body: unknown };
export type Caller = { token?: string; user?: string; groups?: readonly string[] };
export type Cluster = {
  version: string;
  /** As the administrator, in system:masters, unless somebody else is named. */
  send(method: string, path: string, body?: unknown, as?: Caller): Promise<ApiAnswer>;
  /** Path of a kubeconfig; without a token the administrator's. */
  kubeconfig(token?: string, namespace?: string): string;
  close(): Promise<void>;
};

export const CAN_RUN = existsSync(programPath());
if (!CAN_RUN) process.stderr.write('no API server (node test/kubernetes/build.ts): its tests are skipped\n');

type Endpoint = { url: string; caFile: string; token: string; version: string };

export async function startCluster(): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'ai-spm-cluster-'));
  const child = spawn(programPath(), [directory], { stdio: ['pipe', 'pipe', 'pipe'] });
  const endpoint = await ready(child);
  const agent = new Agent({ ca: readFileSync(endpoint.caFile), keepAlive: true, maxSockets: 8 });
  let configs = 0;
  return {
    version: endpoint.version,
    send: (method, path, body, as = {}) => send(endpoint, agent, { method, path, body, as }),
    kubeconfig(token = endpoint.token, namespace = 'default') {
      const path = join(directory, `kubeconfig-${configs++}`);
      writeFileSync(path, JSON.stringify(configOf(endpoint, token, namespace)));
      return path;
    },
    async close() {
      agent.destroy();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await gone;
      rmSync(directory, { recursive: true });
    },
  };
}

/** What it says before it answers is shown only where it never does. */
async function ready(child: ChildProcess): Promise<Endpoint> {
  const said: string[] = [];
  const errors = createInterface({ input: child.stderr! });
  errors.on('line', (line) => said.length < 500 && said.push(line));
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line) as Endpoint;
  throw new Error(`the API server did not start:\n${said.slice(-20).join('\n')}`);
}

type Sent = { method: string; path: string; body: unknown; as: Caller };

function send(endpoint: Endpoint, agent: Agent, { method, path, body, as }: Sent): Promise<ApiAnswer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers: Record<string, string | string[]> = {
    authorization: `Bearer ${as.token ?? endpoint.token}`,
    accept: 'application/json',
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...(as.user === undefined ? {} : { 'impersonate-user': as.user }),
    ...(as.groups?.length ? { 'impersonate-group': [...as.groups] } : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${endpoint.url}${path}`, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode!,
          body: answer.startsWith('{') ? JSON.parse(answer) : answer,
        });
      });
    });
    outgoing.on('error', reject).end(text);
  });
}

function configOf({ url, caFile }: Endpoint, token: string, namespace: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'real',
    clusters: [
      {
        name: 'real',
        cluster: { server: url, 'certificate-authority-data': readFileSync(caFile, 'base64') },
      },
    ],
    users: [{ name: 'real', user: { token } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'real', namespace } }],
  };
}
