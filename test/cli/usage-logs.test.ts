/** Logs of use as a user gives them: what they tell of an agent stands beside what was heard, by its source. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { runCli } from './run-cli.ts';

const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));

describe('audit --usage', () => {
  const run = (...rest: string[]) =>
    runCli([
      ...['audit', '--configured', fixture('questions/eks'), '--all-workloads', '-q'],
      ...['--usage', fixture('usage/kubernetes-audit.jsonl'), '--show', 'operation', ...rest],
    ]);

  it('lists in the operation what only the log tells, with the log as its source', async () => {
    const { code, stdout, stderr } = await run('-f', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { operation } = JSON.parse(stdout) as Report;
    const own = operation.filter(({ label }) => label === 'research/report-agent');
    expect(own.map(({ subject }) => subject)).toContain('list pods');
    expect(new Set(operation.flatMap(({ sources }) => sources))).toEqual(new Set(['log:kubernetes-audit']));
    // The first event names its pod; the second could be of anyone who makes pods of that ServiceAccount.
    const byWhom = (what: string) => own.find(({ subject }) => subject === what)?.oneOf;
    expect(byWhom('list pods')).toBeUndefined();
    expect(new Set(operation.map(({ label }) => label))).toEqual(new Set(['research/report-agent']));
    expect(byWhom('get secrets')).toEqual(
      expect.arrayContaining(['research/report-agent', 'research/pod-maker']),
    );
  });

  it('says so in the table, and nothing was heard only where nothing is known', async () => {
    const { stdout } = await run();
    expect(stdout).toMatch(/list pods[^\n]*told by the Kubernetes audit log/);
    expect(stdout).not.toContain('nothing was heard');
  });
});
