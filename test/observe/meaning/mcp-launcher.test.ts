import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import cases from '../../../fixtures/meaning/mcp/launchers.json' with { type: 'json' };
import {
  bestLauncher,
  isAmbiguous,
  launcherIdentity,
  launcherOf,
  launcherOfImage,
} from '../../../src/observe/meaning/mcp/launcher.ts';
import { runs } from '../../fuzz.ts';

type Case = {
  argv: string[];
  exe?: string;
  is: string;
  version: string | null;
  pinned: boolean | null;
  ambiguous?: boolean;
};

describe('launcherOf', () => {
  it.each((cases as Case[]).map((one) => [one.argv.join(' '), one] as const))('%s', (_, one) => {
    const launcher = launcherOf(one.argv, one.exe ?? '');
    expect(launcherIdentity(launcher)).toBe(one.is);
    expect(launcher).toMatchObject({ version: one.version, pinned: one.pinned });
    expect(isAmbiguous(launcher)).toBe(one.ambiguous ?? false);
    expect(JSON.stringify(launcher)).not.toContain('canary');
  });

  it('prefers the runner of a package to the script that it starts', () => {
    const npx = launcherOf(['npx', '@x/y@1.2.3'], '');
    const shell = launcherOf(['sh', '-c', 'y'], '/bin/sh');
    const node = launcherOf(['node', '/root/.npm/_npx/5a9d879542beca3a/node_modules/.bin/y'], '');
    expect(bestLauncher([npx, shell, node])).toBe(npx);
    expect(bestLauncher([shell, node])).toBe(node);
    expect(bestLauncher([])).toBeNull();
  });

  it('knows no script where no arguments were seen', () => {
    expect(launcherOfImage('/srv/weather-mcp')).toMatchObject({ kind: 'binary', name: '/srv/weather-mcp' });
    for (const exe of [
      '/usr/bin/node',
      '/usr/bin/python3.11',
      '/usr/bin/npm',
      '/usr/bin/docker',
      '/usr/bin/java',
    ])
      expect([exe, launcherOfImage(exe)]).toEqual([exe, null]);
  });

  it('never throws, and keeps no value of an option', () => {
    const words = fc.constantFrom(
      ...'npx uvx docker run exec sh -c -lc env node python -m -p --package --from -e -- uv tool pipx && ; | \' " @x/y@1 A=b'.split(
        ' ',
      ),
    );
    const arg = fc.oneof(
      { weight: 4, arbitrary: words },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    );
    fc.assert(
      fc.property(fc.array(arg, { maxLength: 20 }), fc.string(), (argv, exe) => {
        const { name, target } = launcherOf([...argv, '--token', 'sk-canary-1234567890abcdefg'], exe);
        return name.length <= 600 && !name.includes('canary') && target === null;
      }),
      runs(1000),
    );
  });
});
