/** The end of a sensor: programs in its place that are slow, or stuck. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startSensor } from '../../../src/sources/sensor/spawn.ts';
import { isThere } from '../../there.ts';
import { checkpoint, HEADER, ndjson, TRAILER } from './sample-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-spawn-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hasBtf = isThere('/sys/kernel/btf/vmlinux', 'the end of a sensor');

/** What it does once it is told to stop. */
function fakeSensor(name: string, then: string): Record<string, string> {
  const at = (file: string) => join(folder, file);
  writeFileSync(at('header'), ndjson([HEADER]));
  writeFileSync(at('checkpoint'), ndjson([checkpoint(0, 1_000_000)]));
  writeFileSync(at('trailer'), ndjson([TRAILER]));
  const script = `#!/bin/sh\ncd ${folder}; cat header; head -c 4096 >/dev/null\n${then}\n`;
  writeFileSync(at(name), script);
  chmodSync(at(name), 0o755);
  return { AI_SPM_SENSOR: at(name) };
}

async function stopped(env: Record<string, string>): Promise<[types: string[], failure: string | null]> {
  const sensor = await startSensor({ env, stopSilenceMs: 2000 });
  sensor.stop();
  const types: string[] = [];
  for await (const { t } of sensor.records) types.push(t);
  return [types, sensor.failure()];
}

describe.skipIf(!hasBtf)('a sensor that is told to stop', () => {
  it('may take its time while it has something to say', async () => {
    const slow = 'for i in 1 2 3 4 5 6; do cat checkpoint; sleep 0.5; done; cat trailer';
    const expected = [...Array.from({ length: 6 }, () => 'checkpoint'), 'trailer'];
    expect(await stopped(fakeSensor('slow', slow))).toEqual([expected, null]);
  });

  it('is killed once it says nothing more, and that is told', async () => {
    const stuck = 'cat checkpoint; exec sleep 60';
    const failure = 'the sensor was killed by SIGKILL';
    expect(await stopped(fakeSensor('stuck', stuck))).toEqual([['checkpoint'], failure]);
  });
});
