/**
 * Builds the API server of these tests from the Go modules that apiserver/go.mod pins, once per state of its sources:
 * `node test/kubernetes/build.ts`. Six minutes on two cores; afterwards none. Without Go or without its modules it says
 * so, and the tests are skipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('apiserver', import.meta.url));
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ai-spm');

/** A machine that is slower than this goes without. What was built until then stays in Go's own cache. */
const LIMIT_MS = 18 * 60_000;
/** Where go.dev's own archive puts it, if no path leads there. */
const GO = ['go', '/usr/local/go/bin/go'];

/** Where the program of these sources is, or would be. */
export function programPath(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCE).sort())
    hash.update(`${name}\0`).update(readFileSync(join(SOURCE, name)));
  return join(CACHE, `apiserver-${hash.digest('hex').slice(0, 16)}`);
}

function releaseOf(goMod: string): string {
  return /k8s\.io\/kubernetes (v\S+)/.exec(goMod)![1]!;
}

/** Why it could not be built; null: it is there. */
function build(): string | null {
  const program = programPath();
  if (existsSync(program)) return null;
  const go = GO.find((one) => spawnSync(one, ['version']).status === 0);
  if (go === undefined) return 'there is no Go';
  mkdirSync(CACHE, { recursive: true });
  const version = releaseOf(readFileSync(join(SOURCE, 'go.mod'), 'utf8'));
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`;
  const part = `${program}.part`;
  const options = [
    'build',
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    '-ldflags',
    flags,
    '-o',
    part,
    '.',
  ];
  process.stderr.write(`building kube-apiserver ${version}\n`);
  const { status, signal } = spawnSync(go, options, {
    cwd: SOURCE,
    stdio: ['ignore', 2, 2],
    timeout: LIMIT_MS,
  });
  if (signal !== null) return `go build took more than ${LIMIT_MS / 60_000} minutes`;
  if (status !== 0) return 'go build failed: see the lines above';
  renameSync(part, program);
  return null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = build();
  process.stderr.write(
    problem === null ? `${programPath()}\n` : `${problem}: tests of a real API server are skipped\n`,
  );
}
