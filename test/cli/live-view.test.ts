/** `collect` on a terminal: it comes back as it was, and the snapshot is whole, however the end comes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { noProbes } from '../bpf/sensor-process.ts';
import { runCli, runTerminal, startCli, startTerminal, untilSaid, widest } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-live-view-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ESCAPE = '\u001b';
const HIDE = `${ESCAPE}[?25l`;
const SHOW = `${ESCAPE}[?25h`;
const COLLECT = ['collect', '--no-live', '--without', 'syscall'];

/** The process that the terminal runs: `script` itself takes no Ctrl-C for it. */
function childOf(pid: number): number {
  const [child] = execFileSync('pgrep', ['-P', String(pid)])
    .toString()
    .split('\n');
  return Number(child);
}

async function auditOf(path: string): Promise<Report> {
  const { code, stdout } = await runCli(['audit', path, '--no-live', '--all-workloads', '-f', 'json']);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Report;
}

function expectCleanTerminal(shown: string): void {
  expect(shown.lastIndexOf(SHOW)).toBeGreaterThanOrEqual(shown.lastIndexOf(HIDE));
  expect(shown).not.toContain(`${ESCAPE}[?1049h`);
  expect(shown.endsWith('\n') || shown.endsWith(SHOW)).toBe(true);
}

describe.skipIf(noProbes)('on a terminal', () => {
  it.each([80, 120])('of %i columns: what it sees while it runs, then the summary', async (columns) => {
    const path = at(`window-${columns}.jsonl.zst`);
    const { code, stdout } = await runTerminal([...COLLECT, '--for', '2s', '-o', path], columns);
    expect(code).toBe(0);
    expect(stdout).toContain(HIDE);
    expectCleanTerminal(stdout);
    const text = stripVTControlCharacters(stdout);
    for (const word of [
      /ai-spm collect on/,
      /elapsed/i,
      /events/i,
      /lost/i,
      /workloads/i,
      /wrote .*\.jsonl\.zst/,
    ])
      expect(text).toMatch(word);
    const view = text.slice(text.indexOf('ai-spm collect on'), text.indexOf('wrote '));
    expect(widest(view.replaceAll('\r', ''))).toBeLessThanOrEqual(columns);
    expect((await auditOf(path)).scope.segments).toBe(1);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s once: the terminal is clean, 130, and the snapshot is readable',
    async (signal) => {
      const path = at(`${signal}.jsonl.zst`);
      const running = startTerminal([...COLLECT, '--for', '5m', '-o', path], 80);
      await untilSaid(running, /workloads/i);
      process.kill(childOf(running.child.pid!), signal);
      const { code, stdout } = await running.ended;
      expect(code).toBe(130);
      expectCleanTerminal(stdout);
      expect(stripVTControlCharacters(stdout)).toMatch(/wrote /);
      const { notes } = await auditOf(path);
      expect(notes.join()).toMatch(/1 of 1 segment\(s\) are partial/);
    },
  );

  it('Ctrl-C as the terminal sends it, to all of its processes', async () => {
    const path = at('group.jsonl.zst');
    const running = startTerminal([...COLLECT, '--for', '5m', '-o', path], 80);
    await untilSaid(running, /workloads/i);
    process.kill(-childOf(running.child.pid!), 'SIGINT');
    expect((await running.ended).code).toBe(130);
    expect((await auditOf(path)).scope.segments).toBe(1);
  });

  it('that goes away costs nothing that was seen', async () => {
    const path = at('hangup.jsonl.zst');
    const running = startTerminal([...COLLECT, '--for', '5m', '-o', path], 80);
    await untilSaid(running, /workloads/i);
    const pid = childOf(running.child.pid!);
    running.child.kill('SIGKILL');
    for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i++) await sleep(100);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect((await auditOf(path)).notes.join()).toMatch(/partial/);
  });

  it('twice: it ends at once, the terminal is clean, nothing half is left', async () => {
    const running = startTerminal([...COLLECT, '--for', '5m', '-o', at('twice.jsonl.zst')], 80);
    await untilSaid(running, /workloads/i);
    const pid = childOf(running.child.pid!);
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expectCleanTerminal(stdout);
    expect(readdirSync(folder).filter((name) => name.includes('twice') && name.endsWith('.tmp'))).toEqual([]);
  });

  it.each<[string, string[], Record<string, string>]>([
    ['--no-progress', ['--no-progress'], {}],
    ['-q', ['-q'], {}],
    ['CI', [], { CI: 'true' }],
  ])('%s: no view', async (_, flags, env) => {
    const { code, stdout } = await runTerminal(
      [...COLLECT, '--for', '1s', '-o', at('plain.jsonl'), ...flags],
      80,
      { env },
    );
    expect(code).toBe(0);
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).not.toContain('ai-spm collect on');
  });
});

describe.skipIf(noProbes)('without a terminal', () => {
  it('no escapes, nothing on standard output; SIGINT gives 130 and a partial snapshot', async () => {
    const path = at('pipe.jsonl.zst');
    const running = startCli([...COLLECT, '--for', '5m', '-o', path]);
    await untilSaid(running, /^observing .*\n/m);
    await sleep(300);
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).not.toContain(ESCAPE);
    expect(stderr).toMatch(/wrote .*pipe\.jsonl\.zst/);
    expect((await auditOf(path)).notes.join()).toMatch(/partial/);
  });

  it('--now ends by itself, and is a snapshot', async () => {
    const started = Date.now();
    const { code, stdout } = await runCli(['collect', '--now', '--no-live', '-o', at('now.jsonl.zst')]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(Date.now() - started).toBeLessThan(10_000);
    const { cannotTell } = await auditOf(at('now.jsonl.zst'));
    expect(cannotTell.length).toBeGreaterThan(0);
  });
});
