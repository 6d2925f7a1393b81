/** Google Cloud over HTTP, from `fixtures/gcp/answers.json`: what is not in it is a 404. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const GCP = fileURLToPath(new URL('../../../fixtures/gcp/', import.meta.url));

export type Answers = Record<string, unknown>;
export type Refusal = {
  /** 0: no answer at all. */
  status: number;
  reason?: string;
  message?: string;
  retryAfter?: string;
  times?: number;
};
export type Replay = {
  endpoint: string;
  /** `GET iam.googleapis.com/v1/roles/viewer`, as sent. */
  calls: string[];
  bodies: unknown[];
  authorizations: (string | undefined)[];
  close(): Promise<void>;
};

export const ANSWERS = JSON.parse(readFileSync(`${GCP}answers.json`, 'utf8')) as Answers;
export const DISCOVERY = JSON.parse(readFileSync(`${GCP}discovery.json`, 'utf8')) as Record<string, Api>;
export type Api = {
  host: string;
  methods: {
    id: string;
    method: string;
    path: string;
    query: string[];
    request: string | null;
    response: string;
  }[];
  messages: Record<string, Record<string, string>>;
};

/** `refusals`: by the beginning of a call; `times`: only the first ones. */
export async function replay(answers: Answers, refusals: Record<string, Refusal> = {}): Promise<Replay> {
  const seen: Replay = { endpoint: '', calls: [], bodies: [], authorizations: [], close: async () => {} };
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const call = `${request.method} ${decodeQuery(request.url!.slice(1))}`;
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.calls.push(call);
    seen.bodies.push(body === '' ? null : JSON.parse(body));
    seen.authorizations.push(request.headers.authorization);
    const start = Object.keys(refusals).find((one) => call.startsWith(one));
    const count = (counts.get(start ?? '') ?? 0) + 1;
    counts.set(start ?? '', count);
    const refusal = start === undefined ? null : refusals[start]!;
    if (refusal && count <= (refusal.times ?? Number.POSITIVE_INFINITY)) {
      const { status, reason, message = 'refused', retryAfter } = refusal;
      if (status === 0) return;
      const details =
        reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }];
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
      response.end(JSON.stringify({ error: { code: status, message, status: 'X', details } }));
      return;
    }
    const answer = numbered(request.url!)
      ? (JSON.parse(JSON.stringify(answers[call] ?? null, number)) ?? undefined)
      : answers[call];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    const missing = { error: { code: 404, message: `no ${call}`, status: 'NOT_FOUND' } };
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? missing));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  seen.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  seen.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return seen;
}

/** Page tokens as they were given; the encoded slashes of deny policies stay. */
function decodeQuery(url: string): string {
  const at = url.indexOf('?');
  if (at < 0) return url;
  const query = [...new URLSearchParams(url.slice(at + 1))].filter(([key]) => key !== '$alt');
  const text = query.map(([key, value]) => `${key}=${value}`).join('&');
  return text === '' ? url.slice(0, at) : `${url.slice(0, at)}?${text}`;
}

/** Of IAM v1beta and v3. */
const ENUMERATIONS: Record<string, Record<string, number>> = {
  state: { ACTIVE: 1, DELETED: 2 },
  effect: { ALLOW: 1 },
  policyKind: { PRINCIPAL_ACCESS_BOUNDARY: 1 },
};

/** https://cloud.google.com/apis/docs/system-parameters: clients of Google ask for enumerations by number. */
function numbered(url: string): boolean {
  return new URLSearchParams(url.split('?')[1]).get('$alt') === 'json;enum-encoding=int';
}

function number(key: string, value: unknown): unknown {
  return typeof value === 'string' ? (ENUMERATIONS[key]?.[value] ?? value) : value;
}
