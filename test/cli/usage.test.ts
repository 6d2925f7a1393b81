import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, widest } from './run-cli.ts';

describe('help and usage', () => {
  it.each([[['--help']], [['collect', '--help']], [['audit', '--help']]])(
    '%s fits 80 columns and goes to standard output',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args, { env: { COLUMNS: '80' } });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: ai-spm/);
      expect(widest(stdout)).toBeLessThanOrEqual(80);
    },
  );

  it('prints name and version', async () => {
    expect((await runCli(['--version'])).stdout).toMatch(/^ai-spm \d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['adit'], /there is no "ai-spm adit"/],
    [['audit', '--fail'], /unknown option '--fail'[\s\S]*--fail-on/],
    [['audit', '--seed', '-1'], /expected a whole number/],
    [['audit', '--fail-on', 'gap2:new'], /none was given[\s\S]*--baseline REPORT/],
    [['audit', '-f', 'pdf'], /-f does not know "pdf"[\s\S]*table/],
    [['audit', '-f', 'table', '-f', 'json'], /more than one -f without a path/],
    [['audit', '--show', 'everything'], /--show does not know "everything"/],
    [['audit', '--color', 'sometimes'], /Allowed choices are auto, always, never/],
    [['collect', '--for', 'ever'], /--for[\s\S]*ever/],
  ])('%s is bad usage: exit 2, nothing on standard output', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('ai-spm.yaml and the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-config-'));
  const config = (text: string) => {
    const path = join(folder, `${Math.abs(hash(text))}.yaml`);
    writeFileSync(path, text);
    return path;
  };
  const hash = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7);

  it.each([
    ['audit:\n  fail-onn: gap2\n', /audit\.fail-onn is not a flag of ai-spm audit/],
    ['adit: {}\n', /Unrecognized key: "adit"/],
    ['audit: [1]\n', /audit/],
    ['a: &a [*a, *a]\n: :', /is not YAML/],
  ])('refuses %j', async (text, message) => {
    const { code, stderr } = await runCli(['audit', '--config', config(text)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('names a file that is not there', async () => {
    const { code, stderr } = await runCli(['audit', '--config', '/nowhere/ai-spm.yaml']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\/nowhere\/ai-spm\.yaml cannot be read/);
  });

  it('flag beats environment beats file', async () => {
    const path = config('audit:\n  format: [pdf]\n');
    expect((await runCli(['audit', '--config', path])).stderr).toMatch(/-f does not know "pdf"/);
    const env = { AI_SPM_FORMAT: 'doc' };
    expect((await runCli(['audit', '--config', path], { env })).stderr).toMatch(/-f does not know "doc"/);
    expect((await runCli(['audit', '--config', path, '-f', 'xls'], { env })).stderr).toMatch(/"xls"/);
  });
});
