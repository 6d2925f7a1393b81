import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../../src/commands/collect.ts';
import type { WireRecord } from '../../src/model/wire.ts';
import { readManifest } from '../../src/sources/files/snapshot-reader.ts';
import { BOOT_US, checkpoint, HEADER, serviceRecords, TRAILER } from '../sources/sensor/sample-stream.ts';
import { isThere } from '../there.ts';
import { fakeIo, OPTIONS, subjects, workspace } from './collect-fake.ts';

const work = workspace('replay');
afterAll(work.remove);
const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;

const STREAM: WireRecord[] = [HEADER, ...serviceRecords(), checkpoint(0, 10 * SECOND), TRAILER];

async function replay(name: string, records: readonly WireRecord[], options = {}) {
  const { io, text } = fakeIo();
  const output = work.at(`${name}.snapshot.jsonl`);
  const recording = work.record(`${name}.ndjson`, records);
  const code = await collect({ ...OPTIONS, replay: recording, output, ...options }, io);
  return { code, text, output, segments: await work.segments(output) };
}

describe('a recorded stream', () => {
  it('becomes a whole snapshot of the service in it', async () => {
    const { code, text, segments } = await replay('whole', STREAM);
    expect(code).toBe(0);
    expect(segments).toHaveLength(1);
    const [segment] = segments;
    expect(segment).toMatchObject({ complete: true, mode: 'window', partialReason: null, run: HEADER.run });
    expect(segment!.workloads.map(({ id, unit }) => [id, unit])).toEqual([
      [`host:${HEADER.machine_id}/unit/agent.service`, 'systemd'],
    ]);
    expect(subjects(segment!, 'egress').sort()).toEqual([
      'tcp/10.9.0.0:443',
      'tcp/10.9.0.1:443',
      'tcp/10.9.0.2:443',
    ]);
    expect(segment!.peers.map(({ resolution }) => resolution)).toEqual(['external', 'external', 'external']);
    expect(text.out).toBe('');
    expect(text.err).toContain('1 segment');
    expect(text.err).toContain('agent.service');
  });

  it('gives the same bytes every time', async () => {
    const [a, b] = [await replay('once', STREAM), await replay('again', STREAM)];
    expect(readFileSync(a.output, 'utf8')).toBe(readFileSync(b.output, 'utf8'));
  });

  it('is cut into segments by its own clock, and they add up', async () => {
    const later = (record: WireRecord, us: number): WireRecord =>
      'at' in record ? { ...record, at: record.at + us } : record;
    const second: WireRecord = {
      t: 'count',
      id: 'c0',
      count: 5,
      errors: 0,
      first: BOOT_US,
      last: BOOT_US + HOUR + SECOND,
    };
    const records = [
      HEADER,
      ...serviceRecords(),
      checkpoint(0, HOUR),
      second,
      checkpoint(1, 2 * HOUR),
      later(TRAILER, 0),
    ];
    const { segments } = await replay('hours', records);
    expect(segments.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    const counts = segments.map((segment) => {
      const row = segment.observations.subject.findIndex((s) => segment.dict[s] === 'tcp/10.9.0.0:443');
      return row === -1 ? 0 : segment.observations.count[row]!;
    });
    expect(counts).toEqual([2, 3, 0]);
  });

  it('without its trailer is partial, and says so', async () => {
    const { code, segments } = await replay('cut', STREAM.slice(0, -1));
    expect(code).toBe(0);
    expect(segments.at(-1)).toMatchObject({ complete: false });
    expect(segments.at(-1)!.partialReason).toMatch(/trailer|without/);
  });

  it('with lines that are not understood is partial, and nothing else is lost', async () => {
    const { io, text } = fakeIo();
    const output = work.at('odd.snapshot.jsonl');
    const path = work.record('odd.ndjson', STREAM);
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [...lines.slice(0, 2), 'Segmentation fault', ...lines.slice(2)].join('\n'));
    await collect({ ...OPTIONS, replay: path, output }, io);
    const [segment] = await work.segments(output);
    expect(segment).toMatchObject({ complete: false });
    expect(segment!.partialReason).toContain('1 lines of the sensor were not understood');
    expect(subjects(segment!, 'egress')).toHaveLength(3);
    expect(text.err).toContain('1 lines of the sensor were not understood');
  });

  it('survives a wall clock that goes back, and records the jump', async () => {
    const back = -1800 * SECOND;
    const trailer = { ...TRAILER, clock: { ...TRAILER.clock, wall_us: TRAILER.clock.wall_us + back } };
    const records = [HEADER, ...serviceRecords(), checkpoint(0, 10 * SECOND, back), trailer];
    const { segments } = await replay('clock', records);
    const [segment] = segments;
    expect(segment!.end).toBeGreaterThan(segment!.start);
    expect(Math.abs(segment!.clockJumpMs)).toBe(1_800_000);
    expect(segment!.observations.first.every((first) => first >= 0)).toBe(true);
  });

  it('whose sensor was refused a family says which, and what that makes of it', async () => {
    const families = HEADER.families.map((family) =>
      family.family === 'network'
        ? {
            family: family.family,
            programs: [
              {
                name: 'connects',
                hook: 'tp_btf/x',
                attached: false,
                stage: 'load' as const,
                errno: 1,
                error: 'Operation not permitted',
              },
            ],
          }
        : family,
    );
    const { code, text, segments } = await replay('refused', [{ ...HEADER, families }, ...STREAM.slice(1)]);
    expect(code).toBe(0);
    expect(text.err).toContain('family network is not attached');
    expect(text.err).toContain('connects (tp_btf/x) was refused: Operation not permitted');
    const { coverage } = segments[0]!;
    const row = coverage.signal.indexOf('network');
    expect(coverage.attachedSince[row]).toBe(-1);
    expect(segments[0]!.dict[coverage.reason[row]!]).toBeTruthy();
  });

  it('strips what a terminal would obey from names that it prints', async () => {
    const evil = serviceRecords().map((record) =>
      record.t === 'cgroup' ? { ...record, path: '/system.slice/\u001b[2Jagent' } : record,
    );
    const { text } = await replay('escapes', [HEADER, ...evil, TRAILER]);
    expect(text.err).not.toContain('\u001b');
  });
});

describe.skipIf(!isThere('/usr/bin/script', 'a replay on a terminal'))('on a terminal', () => {
  const cli = fileURLToPath(new URL('../../bin/ai-spm.js', import.meta.url));
  const onTerminal = (flags: string, env: Record<string, string> = {}) => {
    const recording = work.record('terminal.ndjson', STREAM);
    const command = `${process.execPath} ${cli} collect --replay ${recording} -o ${work.at('t.jsonl')} ${flags}`;
    const { CI: _, ...rest } = process.env;
    const run = spawnSync('script', ['-qec', command, '/dev/null'], {
      env: { ...rest, ...env },
      encoding: 'utf8',
    });
    return { code: run.status, text: run.stdout };
  };

  it('there is a live view, and the summary stays', () => {
    const { code, text } = onTerminal('');
    expect(code).toBe(0);
    expect(text).toContain('ai-spm collect on node-1');
    expect(text).toContain('wrote ');
  });

  it('there is none in CI, with --no-progress, or with -q', () => {
    for (const [flags, env] of [
      ['', { CI: 'true' }],
      ['--no-progress', {}],
      ['-q', {}],
    ] as const)
      expect(onTerminal(flags, env).text, flags).not.toContain('ai-spm collect on');
    expect(onTerminal('-q').text.trim()).toBe('');
  });
});

describe('--workload', () => {
  it('names a unit as the user says, also as a Kubernetes workload', async () => {
    const { segments } = await replay('named', STREAM, { workload: ['shop/Deployment/agent=unit=agent.*'] });
    expect(segments[0]!.workloads[0]).toMatchObject({
      id: 'k8s:-/shop/Deployment/agent',
      namespace: 'shop',
      resolvedBy: 'override',
    });
    const free = await replay('free', STREAM, { workload: ['my agent=cgroup=/system.slice/*'] });
    expect(free.segments[0]!.workloads[0]).toMatchObject({ id: 'named:my agent', name: 'my agent' });
  });

  it('refuses what is no selector', async () => {
    const { io } = fakeIo();
    await expect(
      collect({ ...OPTIONS, replay: work.at('whole.ndjson'), workload: ['agent'] }, io),
    ).rejects.toMatchObject({
      name: 'UserError',
    });
  });
});

describe('--every', () => {
  const hours = [0, 1, 2].flatMap((n) => [checkpoint(n, (n + 1) * HOUR)]);
  const stream = (run: string): WireRecord[] => [{ ...HEADER, run }, ...serviceRecords(), ...hours, TRAILER];

  it('writes one file per segment, keeps the newest, and touches no file of others', async () => {
    const { io, text } = fakeIo();
    const output = work.at('every');
    const options = { ...OPTIONS, every: '1h', output, keep: 2 };
    await collect({ ...options, replay: work.record('e1.ndjson', stream('a'.repeat(32))) }, io);
    const first = readdirSync(output);
    expect(first).toHaveLength(2);
    expect(text.err).toMatch(/^wrote \d+ files, the last \S+\.zst \(\S+ KiB, 1 segment\)$/m);
    for (const name of first) expect((await readManifest(`${output}/${name}`)).segments).toHaveLength(1);

    const foreign = ['other-20260101T000000Z-aaaaaaaa-0000.snapshot.jsonl.zst', 'notes.txt'];
    for (const name of foreign) writeFileSync(`${output}/${name}`, 'mine');
    const left = `.node-1-20260101T000000Z-aaaaaaaa-0001.snapshot.jsonl.zst.4194999.tmp`;
    writeFileSync(`${output}/${left}`, 'half');
    await collect({ ...options, replay: work.record('e2.ndjson', stream('b'.repeat(32))) }, io);
    const names = readdirSync(output);
    expect(names).toEqual(expect.arrayContaining(foreign));
    expect(names).not.toContain(left);
    expect(text.err).toContain('removed 1 unfinished file');
    expect(names.filter((name) => !foreign.includes(name))).toHaveLength(2);
  });

  it('keeps what it has just written where the clock was set: the rest of the run goes by the new one', async () => {
    const { io } = fakeIo();
    const output = work.at('clock-set');
    const day = 24 * HOUR;
    const set = [0, 1, 2].map((n) => checkpoint(n, (n + 1) * HOUR, 60 * day));
    const clock = { ...TRAILER.clock, wall_us: TRAILER.clock.wall_us + 60 * day };
    const records = [HEADER, ...serviceRecords(), ...set, { ...TRAILER, clock }];
    const replayed = work.record('clock-set.ndjson', records);
    const now = () => (HEADER.clock.wall_us + 60 * day + 4 * HOUR) / 1000;
    await collect({ ...OPTIONS, every: '1h', output, keepFor: '14d', replay: replayed }, { ...io, now });
    const ends = await Promise.all(readdirSync(output).map((name) => readManifest(`${output}/${name}`)));
    const fresh = ends.filter(({ segments }) => now() - segments[0]!.end < 5 * 3_600_000);
    expect(fresh.length).toBeGreaterThanOrEqual(2);
  });

  it('keeps files for as long as is said', async () => {
    const { io } = fakeIo();
    const output = work.at('aged');
    const at = (HEADER.clock.wall_us + 4 * HOUR) / 1000;
    const replayed = work.record('aged.ndjson', stream('c'.repeat(32)));
    await collect(
      { ...OPTIONS, every: '1h', output, keepFor: '90m', replay: replayed },
      { ...io, now: () => at },
    );
    const ends = await Promise.all(readdirSync(output).map((name) => readManifest(`${output}/${name}`)));
    expect(ends.length).toBeGreaterThan(0);
    for (const { segments } of ends) expect(at - segments[0]!.end).toBeLessThanOrEqual(5_400_000);
  });
});
