import { mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { AGENT } from '../detectors/support/observe.ts';
import { covered } from '../reconcile/segments.ts';
import { type AuditCase, fortnight, hour, writeCase } from './audit-case.ts';
import { expectRefusal, IS_ROOT, runCli, runShell, runUnder } from './run-cli.ts';

let files: AuditCase;
let text: string;
beforeAll(async () => {
  files = await writeCase('bad-snapshots');
  text = readFileSync(await files.write('whole.jsonl', [hour(0), hour(1)]), 'utf8');
});
afterAll(() => files.remove());

const audit = (paths: readonly string[], env?: Record<string, string>) =>
  runCli(['audit', ...paths, '--configured', files.exports, '--all-workloads'], env ? { env } : {});

/** A sparse file: gigabytes by its size, nothing on disk. */
function sparse(name: string, gigabytes: number): string {
  const path = files.put(name, '');
  truncateSync(path, gigabytes * 2 ** 30);
  return path;
}

describe('a snapshot that is none', () => {
  it.each<[string, () => string | Uint8Array, RegExp]>([
    ['empty', () => '', /is not an ai-spm snapshot: it is empty/],
    ['an export', () => readFileSync(`${files.exports}/deployments.json`), /is not an ai-spm snapshot/],
    ['a picture', () => Buffer.from('89504e470d0a1a0a', 'hex'), /is not an ai-spm snapshot/],
    [
      'of a later version',
      () => text.replace('"version":1', '"version":7'),
      /has snapshot format version 7; this ai-spm reads version 1[\s\S]*Update ai-spm/,
    ],
    ['cut in a segment', () => text.slice(0, -200), /changed or cut: line 3/],
    [
      'cut after a segment',
      () => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1),
      /ends after 1 of 2 segments/,
    ],
    ['cut while compressed', () => zstdCompressSync(text).subarray(0, 900), /truncated|changed or cut/],
    [
      'edited',
      () => text.replace('"count":[6,6]', '"count":[6,5]'),
      /line 2 \(segment 0\) does not have the SHA-256/,
    ],
    ['with a line too many', () => `${text}{"a":1}\n`, /line 4/],
  ])('%s: exit 2, file and remedy named, nothing printed', async (name, content, message) => {
    const path = files.put(`${name.replaceAll(' ', '-')}.snapshot.jsonl`, content());
    for (const args of [[path], [files.snapshot, path]]) {
      const result = await audit(args);
      expectRefusal(result, 2, message);
      expect(result.stderr).toContain(path);
    }
  });

  it('names the file among many, and the baseline’s as well', async () => {
    // Of another run: a baseline that names the window's own segments is refused before it is read.
    const other = await files.write('other.jsonl', [hour(0, { run: 'b'.repeat(32) })]);
    const path = files.put('base.snapshot.jsonl', readFileSync(other, 'utf8').slice(0, -200));
    const result = await audit([files.snapshot, '--baseline-snapshot', path]);
    expectRefusal(result, 2, /base\.snapshot\.jsonl was changed or cut/);
  });
});

describe('arguments that stand for nothing', () => {
  it.each<[string, () => string, RegExp]>([
    ['no such file', () => files.at('absent.jsonl'), /absent\.jsonl does not exist/],
    ['a folder without snapshots', () => files.exports, /exports holds no snapshot/],
    ['a glob without matches', () => files.at('*.none'), /no file matches .*\*\.none/],
    ['a file as folder', () => `${files.snapshot}/x.jsonl`, /does not exist/],
  ])('%s: told before a cluster is asked', async (_, path, message) => {
    expectRefusal(await runCli(['audit', path()]), 2, message);
  });

  it('a pipe, which cannot be read twice', async () => {
    const line = `ai-spm audit --no-live <(cat '${files.snapshot}')`;
    expectRefusal(await runShell(line), 2, /cannot read \/dev\/fd\/\d+[\s\S]*save it to a file first/);
  });

  it.skipIf(!IS_ROOT)('a file and a folder without permission are not called absent', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    mkdirSync(files.at('closed/inner'), { recursive: true, mode: 0o700 });
    for (const path of [files.snapshot, files.at('closed')])
      expectRefusal(
        await runUnder(nobody, ['audit', path, '--no-live']),
        2,
        /cannot read .*EACCES[\s\S]*change its owner/,
      );
  });
});

describe('gigabytes', () => {
  /** The program's last words: its peak in KiB. Not maxRSS, which begins with that of the process it was forked from. */
  const LAST_WORDS = `process.on("exit", () => console.error(/VmHWM:\\s+(\\d+)/.exec(process.getBuiltinModule("fs").readFileSync("/proc/self/status", "utf8"))[1]))`;
  const MEASURE = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(LAST_WORDS)}` };
  const MAX_KIB = 200 * 1024;
  const MAX_MS = 10_000;

  it.each<[string, () => string[], RegExp]>([
    ['of nothing', () => [sparse('zeros.jsonl', 6)], /its first line/],
    [
      'after a manifest',
      () => {
        const path = files.put('long.jsonl', `${text.split('\n')[0]}\n`);
        truncateSync(path, 6 * 2 ** 30);
        return [path];
      },
      /line 2 is longer than its manifest says/,
    ],
    [
      'out of a few bytes of zstd',
      () => [files.put('bomb.jsonl.zst', zstdCompressSync(`${text.split('\n')[0]}\n${' '.repeat(2 ** 28)}`))],
      /line 2 is longer/,
    ],
    ['of configuration', () => ['--config', sparse('huge.yaml', 6)], /a configuration has 1048576 at most/],
    ['of report', () => ['--report', sparse('huge.json', 6)], /a report has 268435456 at most/],
    ['of exports', () => ['--configured', sparse('huge-exports.json', 6)], /at most 2 GiB are read/],
    ['of one export', () => ['--configured', sparse('one-export.yaml', 1)], /one-export\.yaml.*at most/],
    ['that never end', () => ['--configured', '/dev/zero'], /a device, not a file/],
  ])('%s are refused fast and in bounded memory', async (_, args, message) => {
    const started = Date.now();
    const result = await audit(args(), MEASURE);
    expect(Date.now() - started).toBeLessThan(MAX_MS);
    const [, told, kib] = /^([\s\S]*)^(\d+)\n$/m.exec(result.stderr)!;
    expectRefusal({ ...result, stderr: told! }, 2, message);
    expect(Number(kib)).toBeLessThan(MAX_KIB);
  });
});

describe('snapshots that overlap', () => {
  const counts = async (paths: readonly string[]) => {
    const { code, stdout, stderr } = await runCli([
      'audit',
      ...paths,
      '--configured',
      files.exports,
      '-f',
      'json',
    ]);
    expect(code).toBe(0);
    const { findings, scope } = JSON.parse(stdout) as Report;
    return {
      counts: findings.map(({ kind, operational }) => [kind, operational.count]),
      segments: scope.segments,
      stderr,
    };
  };

  it('the same run twice, whole or in part, is its union, and that is said', async () => {
    const once = await counts([files.snapshot]);
    const part = await files.write('part.snapshot.jsonl', fortnight().slice(100, 200));
    for (const paths of [
      [part, files.snapshot],
      [files.snapshot, part, files.snapshot],
    ]) {
      const twice = await counts(paths);
      expect(twice).toEqual({
        ...once,
        stderr: expect.stringMatching(/note: 100 segment\(s\) were given more than once/),
      });
    }
  });

  it('two runs at the same time are not added up: the better covered one counts', async () => {
    const lossy = covered(AGENT).map((row) => ({ ...row, lost: 1 }));
    const other = await files.write(
      'other.snapshot.jsonl',
      fortnight({ run: 'b'.repeat(32), coverage: lossy }),
    );
    const both = await counts([files.snapshot, other]);
    expect(both.counts).toEqual((await counts([files.snapshot])).counts);
    expect(both.stderr).toMatch(/sensor runs .* watched the same workloads at the same time/);
  });

  it('two contents under one id are an error that names both files', async () => {
    const forged = await files.write('forged.snapshot.jsonl', [hour(3, { rows: [] })]);
    const result = await audit([files.snapshot, forged]);
    expectRefusal(result, 2, /forged\.snapshot\.jsonl/);
    expect(result.stderr).toContain(files.snapshot);
  });

  it('a clock that was set back is said, and nothing is lost by it', async () => {
    const segments = fortnight().map((one) =>
      one.sequence === 50 ? { ...one, clockJumpMs: -3_600_000 } : one,
    );
    const jumped = await counts([await files.write('jumped.snapshot.jsonl', segments)]);
    expect(jumped.stderr).toMatch(/node node-a: the wall clock jumped by -3600000 ms within segment/);
    expect(jumped.counts).toEqual((await counts([files.snapshot])).counts);
  });
});
