/** family-detach: one family is let go of, and costs nothing more; the others go on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApplicationSignal, SIGNALS } from '../../src/model/kinds.ts';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';
import { coverage, http, type Logging, logging, python } from './plain-kit.ts';
import { checkpoint, noProbes, type SensorRun, startSensor } from './sensor-process.ts';

const EINVAL = 22;
const SHED = ['plaintext', 'stdio', 'dns'] as const satisfies ApplicationSignal[];
const WATCHED = ['file', ...SHED] as const;

describe.skipIf(noProbes)('family-detach', () => {
  let run: SensorRun;
  let server: Logging;
  let requests = 0;

  beforeAll(async () => {
    server = await logging(http);
    run = await startSensor('--families', `process,${WATCHED.join()}`, '--pid-tree', String(process.pid));
  });
  afterAll(async () => {
    await run.stop();
    server.close();
  });

  async function detach(index: number): Promise<number> {
    const req = ++requests;
    run.child.stdin!.write(encodeCommand('family-detach', req, { max: index }));
    const reply = await run.until(() => run.of('reply').find((r) => r.req === req), 'a reply');
    return reply.errno;
  }

  /** Events of each family, and runs of its own programs, that one talk over pipe, socket and DNS brings. */
  async function talk(): Promise<Record<string, number>> {
    const before = WATCHED.map((signal) => coverage(run, signal).attempted);
    await python(
      'import os, socket',
      `open("/etc/os-release-${requests}", "a").close(); os.unlink("/etc/os-release-${requests}")`,
      'r, w = os.pipe(); os.write(w, b\'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n\'); os.read(r, 100)',
      `s = socket.create_connection(("127.0.0.1", ${server.port})); s.sendall(b"GET /5 HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n"); s.recv(1000)`,
      's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(bytes.fromhex("abcd01000001000000000000016103636f6d0000010001"), ("127.0.0.1", 53))',
    );
    await checkpoint(run);
    return Object.fromEntries(
      WATCHED.map((signal, i) => [signal, coverage(run, signal).attempted - before[i]!]),
    );
  }

  it('is of families that say what applications say, and of no other', async () => {
    for (const signal of ['process', 'file', 'syscall'] as const)
      expect(await detach(SIGNALS.indexOf(signal))).toBe(EINVAL);
    expect(await detach(SIGNALS.length)).toBe(EINVAL);
  });

  it('hears all of them first', async () => {
    for (const events of Object.values(await talk())) expect(events).toBeGreaterThan(0);
  });

  it.each(SHED.map((signal, i) => ({ signal, gone: SHED.slice(0, i + 1) })))(
    'lets go of $signal, and of that alone',
    async ({ signal, gone }) => {
      expect(await detach(SIGNALS.indexOf(signal))).toBe(0);
      for (const [family, events] of Object.entries(await talk())) {
        if ((gone as readonly string[]).includes(family)) expect([family, events]).toEqual([family, 0]);
        else expect(events, family).toBeGreaterThan(0);
      }
    },
  );

  it('can be asked for twice', async () => {
    expect(await detach(SIGNALS.indexOf('dns'))).toBe(0);
    expect(run.invalid).toEqual([]);
  });
});
