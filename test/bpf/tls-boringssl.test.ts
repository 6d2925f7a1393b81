/** BoringSSL by its symbols, as the wheel curl_cffi has it linked in (peers/fetch.sh). */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetched } from './peers/fetched.ts';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import {
  certificate,
  finished,
  image,
  NODE_24,
  type Server,
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const FOLDER = fetched('curl_cffi');

const CLIENT = `
import sys
from curl_cffi import requests
s = requests.Session(verify=False, http_version="v1")
for n in (10, 70000):
  assert len(s.post("https://localhost:%s/%d" % (sys.argv[1], n), data=b"p" * 40000).content) == n
s.close()`;

describe.skipIf(noProbes || !FOLDER)('plaintext of BoringSSL', () => {
  const folder = certificate();
  let server: Server;
  let run: SensorRun;

  beforeAll(async () => {
    server = await startServer(NODE_24, folder);
    run = await startSensor('--families', 'process,tls');
  });
  afterAll(async () => {
    server.stop();
    await run.stop();
    rmSync(folder, { recursive: true });
  });

  it('is what its server logged', async () => {
    const own = join(FOLDER!, 'curl_cffi');
    const [library] = readdirSync(own).filter((name) => /^_wrapper.*\.so$/.test(name));
    expect(await image(run, join(own, library!))).toMatchObject({
      status: 'attached',
      library: 'boringssl',
      tier: 'symbol',
    });
    const { pid, code } = await finished('python3', ['-c', CLIENT, String(server.port)], {
      PYTHONPATH: FOLDER!,
    });
    expect(code).toBe(0);
    await settled(run, server, 1);
    const [stream, ...more] = streams(run, pid);
    expect(more).toEqual([]);
    expect(stream!.out.toString()).toBe(server.talks[0]!.in.toString());
    expect(stream!.in.toString()).toBe(server.talks[0]!.out.toString());
    expect(stream!.record.via).toBe('boringssl');
  });
});
