import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KERNEL_SIGNALS } from '../../src/model/kinds.ts';
import { checkReport, missingFamilies, refusedPrograms } from '../../src/render/collect-check.ts';
import { type CollectProgress, progressLine, progressRows } from '../../src/render/collect-progress.ts';
import { collectSummary, startLine } from '../../src/render/collect-summary.ts';
import { formatBytes, formatDuration } from '../../src/render/duration.ts';
import { openCollectView } from '../../src/render/ui/collect-view.ts';
import { HEADER } from '../sources/sensor/sample-stream.ts';

const PROGRESS: CollectProgress = {
  node: 'node-1',
  output: 'x.snapshot.jsonl.zst',
  elapsedMs: 61_000,
  windowMs: 600_000,
  events: 1234,
  eventsPerSecond: 20.4,
  lost: 0,
  workloads: 3,
  unresolved: 1,
  newDimensionsPerMinute: 7,
  segments: 0,
  missing: ['syscall'],
};

describe('what collect prints', () => {
  it('numbers', () => {
    expect([0, 59_600, 3_725_000, 190_000_000].map(formatDuration)).toEqual([
      '0s',
      '1m 00s',
      '1h 02m',
      '2d 04h',
    ]);
    expect([0, 999, 1000, 1 << 20, 150 << 20].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 KiB',
      '1.0 MiB',
      '150 MiB',
    ]);
  });

  it('a line without a terminal', () => {
    expect(progressLine(PROGRESS)).toBe(
      'collect: 1m 01s of 10m 00s, 1234 events (20/s), 0 lost, 3 workloads, 7 new dimensions/min\n',
    );
    expect(startLine(HEADER, null, null)).toBe(
      'observing node-1 until Ctrl-C: process, file, mapping, network, syscall attached\n',
    );
  });

  it('the check: each program with its hook, and what a missing family makes cannot-tell', () => {
    const families = HEADER.families.map((family) =>
      family.family === 'file'
        ? {
            family: family.family,
            programs: [
              {
                name: 'opens',
                hook: 'kprobe/x',
                attached: false,
                stage: 'attach' as const,
                errno: 95,
                error: 'Operation not supported',
              },
            ],
          }
        : family,
    );
    const text = checkReport({ ...HEADER, node: 'a\u001b[2J', families }, KERNEL_SIGNALS);
    expect(text).toMatch(/^file {5}opens +kprobe\/x +NO at attach, errno 95 \(Operation not supported\)$/m);
    expect(text).toMatch(/^ {2}file: opened files: .* cannot-tell$/m);
    expect(text).not.toContain('\u001b');
    expect(missingFamilies({ ...HEADER, families: [] }, ['file', 'network'])).toEqual(['file', 'network']);
  });

  it('a program whose alternative is attached was not refused', () => {
    const main = { name: 'opens', hook: 'tp_btf/a', attached: false, stage: 'attach' as const, errno: 2 };
    const alternative = { name: 'opens__alt', hook: 'kprobe/a', attached: true };
    expect(refusedPrograms({ family: 'file', programs: [main, alternative] })).toEqual([]);
    expect(refusedPrograms({ family: 'file', programs: [main] })).toEqual([main]);
    expect(
      checkReport({ ...HEADER, families: [{ family: 'file', programs: [main, alternative] }] }, []),
    ).toContain('not needed: an alternative is attached');
  });

  it('a summary of at most ten workloads', () => {
    const workloads = Array.from({ length: 12 }, (_, i) => ({
      id: `host:m/unit/${i}.service`,
      dimensions: i,
    }));
    const written = { path: 'x', bytes: 2048, segments: 1 };
    const text = collectSummary({
      written,
      elapsedMs: 1000,
      workloads,
      events: 5,
      lost: 1,
      notes: ['a note'],
    });
    expect(text.split('\n')).toHaveLength(2 + 10 + 1 + 1 + 1);
    expect(text).toContain('wrote x (2.0 KiB, 1 segment)');
    expect(text).toContain('5 events, 1 lost, 11 workloads, 1 idle');
    expect(text).toContain('  and 1 more\n  note: a note\n');
    expect(text).toContain('\n  unit/10.service  10 dimensions\n');
  });

  it('and names workloads without the cluster or machine that all of a snapshot share', () => {
    const ids = [
      'k8s:c-1/research/Deployment/agent',
      'host:m/proc/0:/bin/sh::/srv',
      'cgroup:m/a/b.scope',
      'cgroup:m/',
    ];
    const workloads = ids.map((id) => ({ id, dimensions: 1 }));
    const text = collectSummary({ written: null, elapsedMs: 0, workloads, events: 0, lost: 0, notes: [] });
    expect(text.split('\n').slice(2, -1)).toEqual([
      '  research/Deployment/agent  1 dimension',
      '  proc/0:/bin/sh::/srv  1 dimension',
      '  /a/b.scope  1 dimension',
      '  /  1 dimension',
    ]);
  });
});

describe('the live view', () => {
  it('has at most twelve lines, redraws them, and leaves the last state', async () => {
    expect(progressRows(PROGRESS).length).toBeLessThan(12);
    const stream = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true });
    let drawn = '';
    stream.on('data', (chunk: Buffer) => {
      drawn += chunk;
    });
    const view = openCollectView(stream as unknown as NodeJS.WriteStream, PROGRESS);
    view.update({ ...PROGRESS, lost: 42, output: '\u001b[31mred' });
    await sleep(400);
    view.close();
    await sleep(50);
    expect(drawn).toContain('ai-spm collect on node-1');
    expect(drawn).toContain('42');
    expect(drawn).toContain('8m 59s left');
    expect(drawn).toContain('\\x1b[31mred');
    const last = drawn.slice(drawn.lastIndexOf('ai-spm collect on node-1'));
    expect(last.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
  });
});
