import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { checkpoint, HEADER, ndjson, serviceRecords, TRAILER } from '../sources/sensor/sample-stream.ts';
import { isThere } from '../there.ts';
import { expectRefusal, IS_ROOT, ROOT, runCli, runUnder } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-collect-trouble-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUILT = isThere(join(ROOT, 'bpf/.output/ai-spm-sensor'), 'refusals of the sensor');
/** Real probes: as root, with the sensor built (`make -C bpf`). */
const ABLE = IS_ROOT && BUILT && isThere('/sys/kernel/btf/vmlinux', 'probes that are refused');
const HOUR = 3_600_000_000;

/** Audits whatever was collected, agents or not, without a configuration. */
async function audit(path: string, ...flags: string[]): Promise<Report & { told: string }> {
  const result = await runCli(['audit', path, '--no-live', '--all-workloads', '-f', 'json', ...flags]);
  expect(result).toMatchObject({ code: 0 });
  return { ...(JSON.parse(result.stdout) as Report), told: result.stderr };
}

describe.skipIf(!IS_ROOT)('a machine that cannot', () => {
  it.skipIf(!BUILT).each([['--now'], ['--for', '1s'], ['--check']])(
    'no privileges (%s): exit 4, what it takes, no file',
    async (...flags) => {
      const nobody = [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ];
      const result = await runUnder(nobody, [
        'collect',
        ...flags,
        '-o',
        '/tmp/ai-spm-nobody.jsonl',
        '--no-live',
      ]);
      expectRefusal(
        result,
        4,
        /no permission to load eBPF programs[\s\S]*sudo ai-spm collect[\s\S]*CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH/,
      );
      expect(existsSync('/tmp/ai-spm-nobody.jsonl')).toBe(false);
    },
  );

  it.skipIf(!BUILT)('no BTF: which file, and which kernels have it', async () => {
    mkdirSync(at('empty'), { recursive: true });
    const hidden = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      `mount --bind ${at('empty')} /sys/kernel/btf && exec "$@"`,
      'sh',
    ];
    const result = await runUnder(hidden, ['collect', '--for', '1s', '-o', at('btf.jsonl'), '--no-live']);
    expectRefusal(
      result,
      4,
      /no BTF type information \(\/sys\/kernel\/btf\/vmlinux[\s\S]*CONFIG_DEBUG_INFO_BTF/,
    );
    expect(existsSync(at('btf.jsonl'))).toBe(false);
  });
});

describe('flags and places that cannot be', () => {
  it.each<[string, string[], number, RegExp]>([
    [
      'a folder that is not there',
      ['-o', '/nowhere/a.jsonl'],
      4,
      /cannot write \/nowhere\/a\.jsonl: ENOENT[\s\S]*create it first/,
    ],
    [
      'a pipe',
      ['--replay', 'fixtures/sensor/container.ndjson', '-o', '/dev/fd/1'],
      2,
      /cannot write \/dev\/fd\/1: a device or pipe[\s\S]*Name a file/,
    ],
    ['a folder as file', ['-o', tmpdir()], 2, /is a directory[\s\S]*--every/],
    ['a recording that is none', ['--replay', 'package.json', '-o', 'x.jsonl'], 2, /package\.json/],
    [
      'a recording that is not there',
      ['--replay', '/nowhere/r.ndjson', '-o', 'x.jsonl'],
      2,
      /\/nowhere\/r\.ndjson/,
    ],
    [
      'a pod list that is none',
      ['--replay', 'fixtures/sensor/container.ndjson', '--pods', 'package.json', '-o', 'x.jsonl'],
      2,
      /package\.json/,
    ],
    [
      'a namespace without pod metadata',
      ['-n', 'research', '--no-live', '-o', 'x.jsonl'],
      2,
      /no pod metadata here[\s\S]*--pods FILE/,
    ],
  ])('%s', async (_, flags, code, message) => {
    const cwd = ROOT;
    expectRefusal(await runCli(['collect', ...flags], { cwd }), code, message);
    expect(existsSync(join(cwd, 'x.jsonl'))).toBe(false);
  });

  it.skipIf(!isThere('/sys/kernel/btf/vmlinux', 'probes that are refused'))(
    'a sensor that is not there',
    async () => {
      const result = await runCli(['collect', '--now', '-o', at('x.jsonl'), '--no-live'], {
        env: { AI_SPM_SENSOR: '/nowhere/sensor' },
      });
      expectRefusal(result, 4, /AI_SPM_SENSOR names no program: \/nowhere\/sensor[\s\S]*make -C/);
    },
  );
});

describe.skipIf(!ABLE)('a family that is missing', () => {
  it('left out: exit 0, the others see, and the report says what cannot be told', async () => {
    const flags = ['--for', '1s', '--without', 'network', '--without', 'syscall', '--no-live'];
    const result = await runCli(['collect', ...flags, '-o', at('without.jsonl.zst')]);
    expect(result).toMatchObject({ code: 0, stdout: '' });
    const { coverage, cannotTell } = await audit(at('without.jsonl.zst'));
    const attached = Object.groupBy(coverage, ({ signal }) => signal);
    expect(attached.network?.every(({ observedMs }) => observedMs === 0) ?? true).toBe(true);
    expect(attached.file?.some(({ observedMs }) => observedMs > 0)).toBe(true);
    expect(cannotTell.length).toBeGreaterThan(0);
  });

  it('refused by the kernel: exit 0, named with its program, errno and consequence', async () => {
    const sensor = at('refusing-sensor');
    const refused = [
      'network_state',
      'network_call',
      'network_sent',
      'network_received',
      'network_existing',
      'network_listening',
    ];
    const flags = refused.map((name) => `--refuse ${name}`).join(' ');
    writeFileSync(sensor, `#!/bin/sh\nexec ${join(ROOT, 'bpf/.output/ai-spm-sensor')} ${flags} "$@"\n`, {
      mode: 0o755,
    });
    const result = await runCli(['collect', '--for', '1s', '--no-live', '-o', at('refused.jsonl')], {
      env: { AI_SPM_SENSOR: sensor },
    });
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/note: program network_\w+ \(\S+\) was refused/);
    expect((await audit(at('refused.jsonl'))).agents.length).toBeGreaterThan(0);
  });
});

describe('a recorded stream', () => {
  it('whose wall clock goes back an hour keeps all of it, and the audit says so', async () => {
    const records = [
      HEADER,
      ...serviceRecords(),
      checkpoint(0, HOUR / 2, -HOUR),
      checkpoint(1, HOUR - 1, -HOUR),
      TRAILER,
    ];
    writeFileSync(at('back.ndjson'), ndjson(records));
    expect((await runCli(['collect', '--replay', at('back.ndjson'), '-o', at('back.jsonl')])).code).toBe(0);
    const { told, scope, coverage } = await audit(at('back.jsonl'));
    expect(told).toMatch(/node node-1: the wall clock jumped by -3600000 ms/);
    expect(Date.parse(scope.windowEnd!)).toBeGreaterThan(Date.parse(scope.windowStart!));
    expect(coverage.every(({ observedMs }) => observedMs >= 0)).toBe(true);
  });

  it('leaves nothing but the snapshot, and that for its owner only', async () => {
    mkdirSync(at('one'));
    await runCli(['collect', '--replay', 'fixtures/sensor/container.ndjson', '-o', at('one/a.jsonl.zst')]);
    expect(readdirSync(at('one'))).toEqual(['a.jsonl.zst']);
    expect(readFileSync(at('one/a.jsonl.zst')).subarray(0, 4).toString('hex')).toBe('28b52ffd');
  });
});
