/** HTTP by curl and by Go's own TLS, in both versions of the protocol. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { type Held, hold, rowsOf } from './held.ts';
import { type Lab, openLab, PEERS, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';
import type { Served } from './servers/served.ts';

const CURL = '/usr/bin/curl';
const GO = ['/usr/local/go/bin/go', '/usr/lib/go-1.19/bin/go', '/usr/bin/go'].find((path) =>
  existsSync(path),
);
const OUT = ['-o', 'out'];
const SHOP = 'https://shop.example.com';

const skipped = noProbes ?? whyNoPeers(CURL);
if (skipped) console.warn(`clients of HTTP are skipped: ${skipped}`);
if (!GO) console.warn('the client in Go is skipped: no Go on this machine');

describe.skipIf(skipped)('HTTP under TLS', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.stop());

  it('by curl is read once its library is attached, and before that it is not passed over', async () => {
    const window = await openWindow(lab);
    const before = lab.served.length;
    const curl = (version: string, path: string) =>
      window.run(CURL, [
        '-sS',
        version,
        ...OUT,
        `${SHOP}${path}`,
        '--next',
        '-sS',
        ...OUT,
        `${SHOP}/missing`,
      ]);
    // It is over within a few milliseconds of mapping its library, which nobody has mapped before.
    await curl('--http1.1', '/cold');
    // Its library is attached while it runs, or while the next one does: this one runs for as long as that may take on
    // a busy machine, and connects to nobody.
    await window.run('/bin/sh', ['-c', `sleep 2 | ${CURL} -sS -o out file:///dev/stdin`]);
    for (const version of ['--http1.1', '--http2', '--http1.1', '--http2', '--http2'])
      await curl(version, '/warm');
    const seen = await window.close();
    const served = lab.served.slice(before);
    expect(countOf(served.map(({ version }) => version))).toEqual(
      new Map([
        ['1.1', 6],
        ['2.0', 6],
      ]),
    );
    // One after the other, two requests each: what was missed is what came first.
    const missed = served.length - [...rowsOf(seen, 'http-endpoint').values()].reduce((a, b) => a + b, 0);
    const curls = Math.ceil(missed / 2);
    console.log(`of the first ${curls} curls' requests ${missed} were missed`);
    expect(curls).toBeLessThanOrEqual(1);
    if (curls > 0)
      expect(reasons(seen).join()).toContain(
        `TLS connections not heard, or not from their beginning: /usr/bin/curl (${curls})`,
      );
    hold('curl', seen, accounts(seen, served.slice(missed)));
  });

  describe.skipIf(!GO)('by Go', () => {
    let client: string;
    beforeAll(() => {
      client = join(lab.folder, 'client');
      const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GO111MODULE: 'off' };
      execFileSync(GO!, ['build', '-o', client, join(PEERS, 'go/client.go')], { env, cwd: lab.folder });
    });
    async function ask(...how: string[]): Promise<{ seen: Seen; served: Served[] }> {
      const window = await openWindow(lab);
      const before = lab.served.length;
      // Its first request is out within 5 ms of its start, when its functions are still being looked for.
      await window.run(client, ['wait']);
      await window.run(client, how);
      const seen = await window.close();
      return { seen, served: lab.served.slice(before) };
    }

    it('is read in both versions', async () => {
      const { seen, served } = await ask();
      expect(served.map(({ version }) => version)).toEqual(['2.0', '2.0', '1.1', '1.1']);
      hold('Go', seen, accounts(seen, served));
    });

    it('many at a time, is read though answers are told before their questions', async () => {
      const { seen, served } = await ask('many');
      expect(served).toHaveLength(1200);
      hold('Go, four at a time', seen, accounts(seen, served));
    });
  });
});

function reasons({ segments }: Seen): string[] {
  return segments.flatMap(({ coverage, dict }) =>
    coverage.signal.flatMap((signal, i) => (signal === 'tls' ? [dict[coverage.reason[i]!] ?? ''] : [])),
  );
}

function accounts(seen: Seen, served: readonly Served[]): Held[] {
  const kind = 'http-endpoint' as const;
  const all = served.map(({ method, host, path, status }) => ({
    subject: `${method} ${host}${path}`,
    outcome: `${Math.trunc(status / 100)}xx`,
  }));
  return [
    {
      ...{ kind, what: 'requests, and how they ended' },
      said: countOf(all.map(({ subject, outcome }) => `${subject} ${outcome}`)),
      seen: rowsOf(seen, kind, ({ subject, context }) => `${subject} ${context}`),
    },
    {
      ...{ kind, what: 'that failed' },
      said: countOf(all.filter(({ outcome }) => outcome === '4xx').map(({ subject }) => subject)),
      seen: rowsOf(seen, kind, ({ subject }) => subject, 'errors'),
    },
  ];
}
