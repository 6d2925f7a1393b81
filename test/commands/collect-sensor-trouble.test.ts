import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../../src/commands/collect.ts';
import type { WireRecord } from '../../src/model/wire.ts';
import { checkpoint, HEADER, ndjson, serviceRecords, TRAILER } from '../sources/sensor/sample-stream.ts';
import { isThere } from '../there.ts';
import { fakeIo, OPTIONS, subjects, workspace } from './collect-fake.ts';

const work = workspace('trouble');
afterAll(work.remove);
const hasBtf = isThere('/sys/kernel/btf/vmlinux', 'a sensor in trouble');

/** A program in the place of the sensor: prints the records, then does `then`. */
function fakeSensor(name: string, records: readonly WireRecord[], then: string): Record<string, string> {
  writeFileSync(work.at(`${name}.ndjson`), ndjson(records));
  writeFileSync(work.at(name), `#!/bin/sh\ncat ${work.at(`${name}.ndjson`)}\n${then}\n`);
  chmodSync(work.at(name), 0o755);
  return { AI_SPM_SENSOR: work.at(name) };
}

/** Until it says so, a signal ends the opening and not the window. */
const observing = (text: { err: string }) => expect.poll(() => text.err, WAIT).toContain('observing');
const WAIT = { timeout: 10_000, interval: 20 };

const RECORDS: WireRecord[] = [HEADER, ...serviceRecords(), checkpoint(0, 1_000_000)];

describe.skipIf(!hasBtf)('a sensor that', () => {
  it('dies: what it sent is saved as partial, with the reason', async () => {
    const { io, text } = fakeIo(fakeSensor('dies', RECORDS, 'exit 3'));
    const output = work.at('dies.snapshot.jsonl');
    expect(await collect({ ...OPTIONS, output }, io)).toBe(4);
    const [segment] = await work.segments(output);
    expect(segment).toMatchObject({ complete: false, partialReason: 'the sensor ended with exit code 3' });
    expect(subjects(segment!, 'egress')).toHaveLength(3);
    expect(text.err).toContain('the sensor ended with exit code 3: the snapshot is partial');
  });

  it('dies under --every ends the run as failed, so that its supervisor restarts it', async () => {
    const { io } = fakeIo(fakeSensor('dies-every', RECORDS, 'kill -9 $$'));
    const output = work.at('every');
    expect(await collect({ ...OPTIONS, every: '1h', output }, io)).toBe(4);
    const [segment] = await work.segments(`${output}/${readdirSync(output)[0]}`);
    expect(segment!.partialReason).toBe('the sensor was killed by SIGKILL');
  });

  it('sends nothing after its header and dies: exit code 4', async () => {
    const { io } = fakeIo(fakeSensor('mute', [HEADER], 'exit 1'));
    expect(await collect({ ...OPTIONS, output: work.at('mute.snapshot.jsonl') }, io)).toBe(4);
  });

  it('never answers: Ctrl-C once waits, twice aborts without a file', async () => {
    const { io, text, raise } = fakeIo(fakeSensor('deaf', RECORDS, 'exec sleep 60'));
    const output = work.at('deaf.snapshot.jsonl');
    const running = collect({ ...OPTIONS, output }, io);
    await observing(text);
    raise('SIGINT');
    raise('SIGINT');
    expect(await running).toBe(130);
    expect(readdirSync(work.directory).filter((name) => name.includes('deaf.snapshot'))).toEqual([]);
  });

  it('is still attaching: Ctrl-C ends it with a word, no file, and no sensor', async () => {
    const { io, text, raise } = fakeIo(
      fakeSensor('slow', [], `echo $$ > ${work.at('slow.pid')}; exec sleep 60`),
    );
    const running = collect({ ...OPTIONS, output: work.at('slow.snapshot.jsonl') }, io);
    for (let i = 0; i < 100 && !existsSync(work.at('slow.pid')); i++) await sleep(50);
    raise('SIGINT');
    await expect(running).rejects.toMatchObject({
      exitCode: 130,
      message: 'SIGINT before anything was observed: nothing was written',
    });
    expect(text.err).toBe('');
    expect(readdirSync(work.directory).filter((name) => name.includes('slow.snapshot'))).toEqual([]);
    const pid = Number(readFileSync(work.at('slow.pid'), 'utf8'));
    await expect.poll(() => existsSync(`/proc/${pid}`), WAIT).toBe(false);
  });

  it('ends in order after Ctrl-C: partial where a window was cut, whole where none was asked for', async () => {
    const then = `head -c 4096 >/dev/null\nhead -c 4096 >/dev/null\ncat ${work.at('end.ndjson')}`;
    writeFileSync(work.at('end.ndjson'), ndjson([checkpoint(1, 2_000_000), TRAILER]));
    for (const [window, complete] of [
      ['60s', false],
      [undefined, true],
    ] as const) {
      const { io, text, raise } = fakeIo(fakeSensor('orderly', RECORDS, then));
      const output = work.at(`orderly-${complete}.snapshot.jsonl`);
      const running = collect({ ...OPTIONS, output, ...(window ? { for: window } : {}) }, io);
      await observing(text);
      raise('SIGINT');
      expect(await running).toBe(130);
      const [segment] = await work.segments(output);
      expect(segment!.complete).toBe(complete);
      if (complete) continue;
      expect(segment!.partialReason).toMatch(/^interrupted by SIGINT after .* of 1m 00s$/);
      expect(text.err).toContain(`note: ${segment!.partialReason}: the snapshot is partial`);
    }
  });

  it('is stopped as a service is: SIGTERM is no interruption', async () => {
    const then = `head -c 8192 >/dev/null\ncat ${work.at('end.ndjson')}`;
    const { io, text, raise } = fakeIo(fakeSensor('service', RECORDS, then));
    const running = collect({ ...OPTIONS, every: '1h', output: work.at('service-files') }, io);
    await observing(text);
    raise('SIGTERM');
    expect(await running).toBe(0);
  });

  const privilege = HEADER.families.map(({ family }) => ({
    family,
    programs: [{ name: 'p', hook: 'h', attached: false, stage: 'load' as const, errno: 1 }],
  }));
  const refusals: [string, WireRecord[], string, RegExp, RegExp][] = [
    [
      'may load nothing',
      [{ ...HEADER, families: privilege }],
      'sleep 9',
      /no permission to load eBPF/,
      /sudo/,
    ],
    ['cannot start', [], 'echo creating maps: Operation not permitted >&2; exit 1', /no permission/, /sudo/],
    ['is broken', [], 'exit 1', /did not start|no permission/, /--check|sudo/],
    [
      'speaks another version',
      [],
      `echo '{"t":"header","v":9}'`,
      /wire version is 9|no permission/,
      /make -C \/.*\/bpf|sudo/,
    ],
  ];
  for (const [name, records, then, message, hint] of refusals)
    it(`${name}: what is missing and what to type, and no file is left`, async () => {
      const { io } = fakeIo(fakeSensor('refuses', records, then));
      const output = work.at('refused.snapshot.jsonl');
      const error = await collect({ ...OPTIONS, output }, io).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: 'UserError', exitCode: 4 });
      expect((error as Error).message).toMatch(message);
      expect((error as { hint: string }).hint).toMatch(hint);
      expect(readdirSync(work.directory).filter((file) => file.includes('refused.snapshot'))).toEqual([]);
    });

  it('is not there', async () => {
    const { io } = fakeIo({ AI_SPM_SENSOR: work.at('absent') });
    await expect(collect({ ...OPTIONS, output: work.at('x.jsonl') }, io)).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringMatching(/^Type: make -C \/.*\/bpf$/),
    });
  });
});

describe('flags that do not fit', () => {
  const cases: [string, object, RegExp][] = [
    ['a duration', { for: '10 minutes' }, /--for: "10 minutes" is no duration/],
    ['a duration of nothing', { for: '0s' }, /--for/],
    ['--now with --for', { now: true, for: '1m' }, /--now and --for do not go together/],
    ['--keep without --every', { keep: 3 }, /go with --every/],
    ['--keep 0', { every: '1h', keep: 0 }, /would keep nothing/],
    ['--pid', { pid: ['abc'] }, /--pid: "abc"/],
    ['--without', { without: ['quic'] }, /--without does not know "quic"/],
    ['--pid without lineage', { pid: ['1'], without: ['process'] }, /--pid and --without process do not go/],
    ['--replay with a filter', { replay: 'x', namespace: ['a'] }, /--replay and -n/],
    ['--replay with --for', { replay: 'x', for: '1m' }, /--replay and --for/],
    ['-o that is a directory', { output: work.directory }, /is a directory/],
    ['-o in no directory', { output: work.at('no/such.jsonl') }, /cannot write/],
    ['-l', { selector: 'a=b,,', output: work.at('l.jsonl') }, /-l: "" is no label requirement/],
    ['--systemd-unit with --for', { systemdUnit: true, for: '1m' }, /--systemd-unit and --for do not go/],
    ['--systemd-unit with --pid', { systemdUnit: true, pid: ['1'] }, /--systemd-unit and --pid do not go/],
    ['-n without pods', { namespace: ['a'], output: work.at('n.jsonl') }, /no pod metadata/],
    ['--no-live with --context', { context: 'c', output: work.at('c.jsonl') }, /do not go with --no-live/],
  ];
  for (const [name, options, message] of cases)
    it(name, async () => {
      const error = await collect({ ...OPTIONS, ...options }, fakeIo().io).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: 'UserError', hint: expect.any(String) });
      expect((error as Error).message).toMatch(message);
    });
});

describe('--systemd-unit', () => {
  it('prints a unit that runs this program with the flags given', async () => {
    const { io, text } = fakeIo();
    const given = { namespace: ['a b'], output: '/data/100%', maxCpu: 5, pods: ['pods.json'] };
    const options = { ...OPTIONS, systemdUnit: true, ...given };
    expect(await collect(options, io)).toBe(0);
    expect(text.out).toMatch(
      /^ExecStart=\S*node \S*bin\/ai-spm\.js collect --every 1h --output \/data\/100%% /m,
    );
    expect(text.out).toContain('--keep-for 14d --namespace "a b"');
    expect(text.out).toContain(`--pods ${process.cwd()}/pods.json --max-cpu 5 --no-live`);
    expect(text.out).toMatch(/^ReadWritePaths=\/data\/100%%$/m);
    expect(text.out).toMatch(/^ExecStartPre=\+\/bin\/mkdir -p -m 0700 \/data\/100%%$/m);
    expect(text.out).toMatch(
      /^CapabilityBoundingSet=CAP_BPF CAP_PERFMON CAP_SYS_PTRACE CAP_DAC_READ_SEARCH CAP_SYS_ADMIN$/m,
    );
  });

  it.skipIf(!isThere('/usr/bin/systemd-analyze', 'the unit, by systemd'))(
    'is one that systemd accepts',
    async () => {
      const { io, text } = fakeIo();
      await collect({ ...OPTIONS, systemdUnit: true, workload: ['a b=unit="x"'] }, io);
      writeFileSync(work.at('ai-spm.service'), text.out);
      const verify = spawnSync('systemd-analyze', ['verify', work.at('ai-spm.service')], {
        encoding: 'utf8',
      });
      expect(verify.stderr.split('\n').filter((line) => line.includes('ai-spm.service'))).toEqual([]);
      expect(verify.status).toBe(0);
    },
  );
});
