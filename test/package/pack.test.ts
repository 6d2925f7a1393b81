/** What `npm publish` would send out, unpacked and run as an installed package: dist/, and no sources. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes, SENSOR } from '../bpf/sensor-process.ts';
import { type CliResult, ROOT } from '../cli/run-cli.ts';

const REPORT = join(ROOT, 'fixtures/reports/live-window/report.json');
const SENSOR_FILE = 'bpf/.output/ai-spm-sensor';
/** Everything that a user or a package manager needs; what else is found is junk. */
const WANTED = [
  /^(?:LICENSE|README\.md|package\.json|bin\/ai-spm\.js)$/,
  /^dist\/[\w-]+\.js$/,
  /^bpf\/(?:Makefile|README\.md|(?:include\/|probes\/)?[\w.-]+\.[ch])$/,
  /^bpf\/\.output\/ai-spm-sensor$/,
  /^fixtures\/schemas\/[\w-]+\.json$/,
];

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-pack-'));
const unpacked = join(folder, 'package');
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

beforeAll(() => {
  const options = ['--offline', '--no-update-notifier', '--loglevel=error', '--pack-destination', folder];
  execFileSync('npm', ['pack', ...options], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', tarball!], { cwd: folder });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}, 60_000);

function files(): string[] {
  return readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(unpacked, join(entry.parentPath, entry.name)));
}

function run(args: readonly string[], env: Record<string, string> = {}): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(unpacked, 'bin/ai-spm.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

/** Packages (not our own files) that a run of it loads. */
function packagesLoadedBy(...args: string[]): Set<string> {
  const log = join(folder, 'loaded.txt');
  const hook = join(folder, 'hook.mjs');
  const body = `writeSync(log, url + '\\n'); return next(url, context);`;
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module'; import { openSync, writeSync } from 'node:fs';
     const log = openSync(${JSON.stringify(log)}, 'w');
     registerHooks({ load(url, context, next) { ${body} } });`,
  );
  const { code, stderr } = run(args, { NODE_OPTIONS: `--import=${hook}` });
  expect(code, stderr).toBe(0);
  const names = readFileSync(log, 'utf8').matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  return new Set([...names].map(([, name]) => name!));
}

describe('the packed package', () => {
  it('holds what is needed and nothing else', () => {
    const all = files();
    expect(all.filter((file) => !WANTED.some((pattern) => pattern.test(file)))).toEqual([]);
    for (const pattern of WANTED.filter((one) => !one.test(SENSOR_FILE)))
      expect(all.filter((file) => pattern.test(file))).not.toEqual([]);
    expect(all.includes(SENSOR_FILE)).toBe(existsSync(SENSOR));
  });

  it('names no path of the machine that built it', () => {
    const telling = files().filter((file) => readFileSync(join(unpacked, file)).includes(ROOT));
    expect(telling).toEqual([]);
  });

  it('imports only what it declares', () => {
    const known = new Set([...Object.keys(manifest.dependencies), ...builtinModules]);
    const imports = files()
      .filter((file) => file.startsWith('dist/'))
      .flatMap((file) => [
        ...readFileSync(join(unpacked, file), 'utf8').matchAll(/^(?:import|\}) .*?from "([^"./][^"]*)";$/gm),
        ...readFileSync(join(unpacked, file), 'utf8').matchAll(/\bimport\("([^"./][^"]*)"\)/g),
      ])
      .map(([, name]) => /^(?:node:(.*)|((?:@[^/]+\/)?[^/]+).*)$/.exec(name!)!)
      .map(([, builtin, name]) => builtin ?? name!);
    expect(imports).toContain('commander');
    expect(imports).toContain('ink');
    expect([...new Set(imports)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('says its version and its usage', () => {
    expect(run(['--version'])).toEqual({ code: 0, stdout: `ai-spm ${manifest.version}\n`, stderr: '' });
    const { code, stdout, stderr } = run(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: ai-spm/);
  });

  it('renders a report as the checkout does', () => {
    const args = ['audit', '--report', REPORT, '--show', 'findings,operation,bom,policies,coverage'];
    const checkout = spawnSync(process.execPath, [join(ROOT, 'bin/ai-spm.js'), ...args], {
      encoding: 'utf8',
    });
    expect(run(args).stdout).toBe(checkout.stdout);
    expect(checkout.stdout).toContain('[G2]');
  });

  it('pays for ink, react and the Kubernetes client only where they are used', () => {
    expect([...packagesLoadedBy('--version')]).toEqual(['commander']);
    const heavy = ['ink', 'react', '@kubernetes/client-node'];
    const audit = packagesLoadedBy('audit', '--report', REPORT, '-f', 'json');
    expect(heavy.filter((name) => audit.has(name))).toEqual([]);
  });

  it.skipIf(noProbes)('finds the sensor that it brings', () => {
    const { code, stdout } = run(['collect', '--check']);
    expect(stdout).toContain('All families attach here.');
    expect(code).toBe(0);
  });

  it('explains that there is no sensor, and where to build it', () => {
    rmSync(join(unpacked, SENSOR_FILE), { force: true });
    const { code, stderr } = run(['collect', '--for', '1s', '-o', join(folder, 'x.jsonl')]);
    expect(code).toBe(4);
    if (process.platform !== 'linux') return;
    expect(stderr).toContain('the sensor is not built');
    const [, directory] = /make -C (\S+)/.exec(stderr)!;
    expect(existsSync(join(directory!, 'Makefile'))).toBe(true);
  });

  it('is a checkout again where there are sources', () => {
    mkdirSync(join(unpacked, 'src'));
    writeFileSync(join(unpacked, 'src/cli.ts'), 'export const main = (): void => console.log("from src");\n');
    expect(run([])).toEqual({ code: 0, stdout: 'from src\n', stderr: '' });
  });
});
