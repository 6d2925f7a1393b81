import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentSchema } from '../../src/model/snapshot.ts';
import { type WireRecord, wireRecordSchema } from '../../src/model/wire.ts';
import { runs } from '../fuzz.ts';
import { withLists } from '../sources/files/read-whole.ts';
import {
  CONTAINER,
  cgroup,
  checkpoint,
  connect,
  count,
  file,
  fold,
  header,
  mapping,
  POD_PATH,
  proc,
  pushAll,
  rowsOf,
  sessionsOf,
  syscalls,
  trailer,
} from './stream.ts';

const CGROUPS = ['10', '20', '30', '40'];
const NAMING = [
  cgroup('10', POD_PATH),
  cgroup('20', '/system.slice/agent.service'),
  cgroup('30', '/user.slice/user-1000.slice/session-3.scope'),
  cgroup('40', `/docker/${CONTAINER.replaceAll('a', 'b')}`),
];
const PATHS = [
  '/etc/passwd',
  '/var/run/secrets/kubernetes.io/serviceaccount/token',
  '/app/node_modules/@scope/pkg/index.js',
  '/usr/lib/python3/dist-packages/yaml/__init__.py',
  '/models/tiny.safetensors',
  '/proc/77/stat',
  '',
  '../..//x',
];
const EXES = ['/usr/bin/node', '/usr/bin/python3.11', '/bin/sh', '/usr/bin/git'];

const pid = fc.integer({ min: 0, max: 6 });
const who = fc.record({ cg: fc.constantFrom(...CGROUPS), pid, start: fc.constantFrom('101000000000', '9') });
const at = fc.integer({ min: 50, max: 5000 });
const id = fc.integer({ min: 1, max: 30 }).map((n) => n.toString(16));
const errno = fc.constantFrom(undefined, 0, 2, 13, 115);

const anyRecord: fc.Arbitrary<WireRecord> = fc.oneof(
  fc
    .tuple(
      at,
      fc.constantFrom('exists', 'fork', 'exec', 'exit' as const),
      who,
      pid,
      fc.constantFrom(...EXES),
      fc.boolean(),
    )
    .map(([t, ev, actor, ppid, exe, init]) =>
      proc(t, ev as 'exec', { ...actor, ppid, pstart: '101000000000', exe, argv: [exe, 'x.js'], init }),
    ),
  fc
    .tuple(at, id, fc.constantFrom(...PATHS), who, errno)
    .map(([t, i, path, actor, e]) =>
      file(t, i, path, { ...actor, ...(e === undefined ? {} : { errno: e }) }),
    ),
  fc.tuple(at, id, fc.constantFrom(...PATHS), who).map(([t, i, path, actor]) => mapping(t, i, path, actor)),
  fc
    .tuple(at, id, fc.constantFrom('10.0.0.1', '127.0.0.1', '::1', '::ffff:1.2.3.4', 'fd00::2'), who)
    .map(([t, i, a, actor]) => connect(t, i, a, 443, actor)),
  fc
    .tuple(
      at,
      fc.array(fc.integer({ min: 0, max: 1023 }), { maxLength: 5 }),
      fc.constantFrom('init', 'run'),
      who,
    )
    .map(([t, nrs, phase, actor]) => syscalls(t, nrs, phase as 'run', actor)),
  fc
    .tuple(at, id, fc.nat(100), fc.nat(100), fc.nat(1e6))
    .map(([t, i, n, e, tx]) => count(t, i, n, { errors: e, tx })),
  fc.tuple(at, fc.integer({ min: -100000, max: 100000 })).map(([t, jump]) => checkpoint(t, 0, jump)),
  fc
    .tuple(fc.constantFrom(...CGROUPS), at)
    .map(([cg, t]): WireRecord => ({ t: 'cgroup-gone', id: cg, at: t * 1e6 })),
  fc.tuple(fc.constantFrom(...CGROUPS), fc.nat(100), fc.nat(100)).map(
    ([cg, a, l]): WireRecord => ({
      t: 'coverage',
      cg,
      signal: 'file',
      attempted: a + l,
      delivered: a,
      lost: l,
      truncated: 0,
      collapsed: 0,
    }),
  ),
  fc.constantFrom(...NAMING),
  at.map(trailer),
  at.map((t) => header(t)),
);

/** Of a pid without a record a closed segment can't say what a later record would have told. */
const EVERYBODY = [0, 1, 2, 3, 4, 5, 6].flatMap((n) =>
  ['101000000000', '9'].map((start) =>
    proc(60, 'exists', { cg: CGROUPS[n % 4]!, pid: n, start, exe: EXES[n % 4]!, argv: ['x', `${n}.js`] }),
  ),
);

/** The runtime between two programs of one process, and what the first did in a segment that is closed by then. */
const RUNTIME_BETWEEN: [WireRecord[], number[]] = [
  [true, false].map((init) =>
    proc(61, 'exists', {
      cg: '20',
      pid: 5,
      start: '101000000000',
      exe: EXES[0]!,
      argv: ['node', 'x.js'],
      init,
    }),
  ),
  [15],
];

const SUMMED = ['count', 'bytes', 'errors', 'denied'] as const;

function totals(segments: readonly ReturnType<ReturnType<typeof fold>['closeSegment']>[]) {
  const sums = new Map<string, number[]>();
  for (const segment of segments)
    for (const row of rowsOf(segment)) {
      const key = [row.workload, row.process, row.kind, row.subject, row.context, row.source].join(' ');
      const sum = sums.get(key) ?? [0, 0, 0, 0];
      sums.set(
        key,
        sum.map((value, i) => value + row[SUMMED[i]!]),
      );
    }
  return Object.fromEntries([...sums].sort());
}

function cells(segments: readonly ReturnType<ReturnType<typeof fold>['closeSegment']>[]) {
  const sums = new Map<string, number>();
  for (const segment of segments)
    for (const session of sessionsOf(segment))
      for (const [cell, n] of Object.entries(session.cells))
        sums.set(`${session.id} ${cell}`, (sums.get(`${session.id} ${cell}`) ?? 0) + n);
  return Object.fromEntries([...sums].sort());
}

describe('fold', () => {
  it('never throws, and every segment is valid, whatever valid records come in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 60 }), fc.boolean(), (records, final) => {
        const into = fold();
        for (const record of records) into.push(wireRecordSchema.parse(record));
        for (const want of into.wants()) into.answer(want.id, { errno: 0, data: new Uint8Array([1, 0, 2]) });
        into.stats();
        segmentSchema.parse(withLists(into.closeSegment({ final })));
        segmentSchema.parse(withLists(into.closeSegment()));
      }),
      runs(400),
    );
  });

  it('adds up to the same totals and sessions, however a stream is cut into segments', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(59), { maxLength: 4 }),
        (records, cuts) => {
          // The kernel does nothing more in a cgroup that is gone.
          const gone = records.filter(({ t }) => t === 'cgroup-gone');
          const others = records.filter(({ t }) => t !== 'cgroup-gone' && t !== 'header');
          const stream = [header(), ...NAMING, ...EVERYBODY, ...others, ...gone];
          const whole = [pushAll(fold(), stream).closeSegment()];
          const into = fold();
          const parts = [];
          for (const [i, record] of stream.entries()) {
            into.push(record);
            if (cuts.includes(i)) parts.push(into.closeSegment());
          }
          parts.push(into.closeSegment());
          expect(totals(parts)).toEqual(totals(whole));
          expect(cells(parts)).toEqual(cells(whole));
        },
      ),
      { ...runs(400), examples: [RUNTIME_BETWEEN] },
    );
  });

  it('gives the same bytes for the same records', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 40 }), (records) => {
        const text = () => JSON.stringify(pushAll(fold(), [header(), ...records]).closeSegment());
        expect(text()).toBe(text());
      }),
      runs(50),
    );
  });

  it('does not depend on how the records of unrelated processes interleave', () => {
    const script = (n: number): WireRecord[] => {
      const actor = { cg: CGROUPS[n % 2]!, pid: 100 + n, start: `10${n}000000000` };
      const exe = EXES[n % EXES.length]!;
      return [
        proc(110, 'exec', { ...actor, exe, argv: [exe, `${n % 2}.js`] }),
        file(111 + n, `f${n}`, PATHS[n % PATHS.length]!, actor),
        connect(112, `c${n}`, `10.0.0.${n % 3}`, 443, actor),
        syscalls(113, [n, 1], 'run', actor),
        count(114 + n, `f${n}`, n + 2),
        proc(115, 'exit', actor),
      ];
    };
    const SCRIPTS = [0, 1, 2, 3, 4].map(script);
    const order = SCRIPTS.flatMap((records, n) => records.map(() => n));
    const segment = (turns: readonly number[]): string => {
      const left = SCRIPTS.map((records) => [...records]);
      const records = turns.map((n) => left[n]!.shift()!);
      return JSON.stringify(
        pushAll(fold(), [header(), ...NAMING, ...records, checkpoint(300)]).closeSegment(),
      );
    };
    const expected = segment(order);
    fc.assert(
      fc.property(fc.shuffledSubarray(order, { minLength: order.length }), (turns) => {
        expect(segment(turns)).toBe(expected);
      }),
      runs(100),
    );
  });
});
