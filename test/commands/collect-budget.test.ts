import { describe, expect, it } from 'vitest';
import { createCpuBudget } from '../../src/commands/collect-budget.ts';
import { type ApplicationSignal, SIGNALS } from '../../src/model/kinds.ts';
import type { WireOf } from '../../src/model/wire.ts';
import type { Fold } from '../../src/observe/fold.ts';

const SECOND = 1_000_000;

/** A checkpoint each ten seconds; `us`: what the sensor has used so far. */
function checkpoint(n: number, us: number, traps = 0): WireOf<'checkpoint'> {
  const bpf = [{ program: 'tls_enter', run_ns: 0, run_cnt: traps }];
  const clock = { boot_us: n * 10 * SECOND, wall_us: n * 10 * SECOND };
  return { t: 'checkpoint', seq: Math.floor(n), clock, cost: { cpu_us: us, rss_bytes: 0, bpf } };
}

function watched(percent: number | null, attached: readonly ApplicationSignal[] = ['tls']) {
  const detached: unknown[] = [];
  const told: string[] = [];
  const image = { pid: 7, start: '1', path: '/usr/bin/node' };
  const sensor = { command: (...args: unknown[]) => void detached.push(args) };
  const left = new Set(attached);
  const shed: Fold['shed'] = (signal) => (left.delete(signal) ? (signal === 'tls' ? [image] : []) : null);
  const budget = createCpuBudget(percent, sensor, { shed }, (text) => told.push(text));
  return { budget, detached, told };
}

describe('--max-cpu', () => {
  it('gives up what passes under TLS after two dear intervals, once, and says so', () => {
    const { budget, detached, told } = watched(50);
    [0, 8, 16, 24, 32].forEach((seconds, n) => {
      budget.checkpoint(checkpoint(n, seconds * SECOND));
    });
    expect(detached).toEqual([
      ['image-detach', { pid: 7, start: '1', path: '/usr/bin/node' }],
      ['family-detach', { max: 5 }],
    ]);
    expect(told).toEqual([
      expect.stringMatching(/^--max-cpu 50: observing took 8\d\.\d % of a core; .* no longer heard$/),
    ]);
  });

  it('gives up one family after the other while it is too much, those that are there, and the kernel signals never', () => {
    const { budget, detached, told } = watched(50, ['dns', 'stdio', 'plaintext']);
    for (let n = 0; n < 12; n++) budget.checkpoint(checkpoint(n, n * 8 * SECOND));
    expect(detached).toEqual(
      ['plaintext', 'stdio', 'dns'].map((one) => [
        'family-detach',
        { max: (SIGNALS as readonly string[]).indexOf(one) },
      ]),
    );
    expect(told.map((text) => /core; (.*) is no longer heard$/.exec(text)?.[1])).toEqual([
      'what passes in the clear over sockets',
      'what passes between parents and children over pipes',
      'answers of name servers',
    ]);
  });

  it('gives up no more than it takes', () => {
    const { budget, detached } = watched(50, ['tls', 'plaintext', 'stdio', 'dns']);
    [0, 8, 16, 20, 24, 28, 32].forEach((seconds, n) => {
      budget.checkpoint(checkpoint(n, seconds * SECOND));
    });
    expect(detached).toHaveLength(2);
  });

  it('counts the traps of probes, which nobody measures', () => {
    const { budget, detached } = watched(50);
    [0, 1, 2, 3].forEach((n) => {
      budget.checkpoint(checkpoint(n, 0, n * 4 * SECOND));
    });
    expect(detached).toHaveLength(2);
  });

  it('is not alarmed by checkpoints that follow each other at once, as at the end', () => {
    const { budget, detached } = watched(50);
    for (const [n, seconds] of [
      [0, 0],
      [1, 9],
      [1.01, 9.5],
      [1.02, 10],
      [1.03, 10.5],
    ] as const)
      budget.checkpoint(checkpoint(n, seconds * SECOND));
    expect(detached).toEqual([]);
  });

  it.each([
    ['one dear interval', 50, [0, 9, 9, 9, 9]],
    ['what is within it', 90, [0, 5, 10, 15, 20]],
    ['no limit', null, [0, 9, 18, 27, 36]],
  ])('bears %s', (_what, percent, used) => {
    const { budget, detached } = watched(percent);
    used.forEach((seconds, n) => {
      budget.checkpoint(checkpoint(n, seconds * SECOND));
    });
    expect(detached).toEqual([]);
  });
});
