/** How an MCP server was started: from argv to a package, image or program, and whether its version was fixed. */
import { basename } from '../../workload/process-class.ts';
import { packageOf } from './launcher-packages.ts';
import { programOf } from './launcher-programs.ts';
import { unwrapped } from './launcher-wrappers.ts';

export type LauncherKind = 'npx' | 'uvx' | 'docker' | 'node' | 'python' | 'deno' | 'java' | 'go' | 'binary';

export type Launcher = {
  /** `npx`: any runner of npm packages; `uvx`: of PyPI's; `docker`: of images; else the runtime of a program. */
  kind: LauncherKind;
  /** Package, image, `-m module`, script or program: without version, tag, digest and options. */
  name: string;
  /** As asked for: `1.2.3`, `latest`, `^1`, `sha256:…`. Null: nothing was. */
  version: string | null;
  /** An exact version or a digest. Null: cannot be told, what runs is a file that is there. */
  pinned: boolean | null;
  /** What a bridge (`mcp-remote`) was pointed at: host and path. */
  target: string | null;
};

const MAX_ARGS = 256;
const MAX_ARG = 4096;

/**
 * Looks through wrappers (`sh -c`, `env`, `cmd /c`, init programs) and through the scripts that runners are
 * (`node …/npx-cli.js`). Of the arguments nothing remains but what names the program: no option and none of its
 * values. Never throws.
 *
 * @param exe path of the executed image; used where argv does not name a runner.
 */
export function launcherOf(argv: readonly string[], exe: string): Launcher {
  const args = unwrapped(argv.slice(0, MAX_ARGS).map((arg) => arg.slice(0, MAX_ARG)));
  const wrapped = args.length > 0 && args[0] !== argv[0];
  return packageOf(args) ?? programOf(args, wrapped ? (args[0] ?? '') : exe || (args[0] ?? ''));
}

/**
 * Of a process that ran before it was watched: its arguments are not known.
 *
 * @returns null where the program alone does not say what it runs.
 */
export function launcherOfImage(exe: string): Launcher | null {
  const launcher = launcherOf([], exe);
  return launcher.kind === 'binary' && !RUNNERS.has(basename(exe)) ? launcher : null;
}

/**
 * The one that names a server best, of those on the way from the client's child down to the process that answers: a
 * runner of packages or images says more than the script that it starts.
 *
 * @param outermost first the client's own child. Null: none given.
 */
export function bestLauncher(outermost: readonly Launcher[]): Launcher | null {
  const fetched = outermost.find(({ kind, pinned }) => pinned !== null || kind === 'docker');
  return fetched ?? outermost.at(-1) ?? null;
}

/** `npx:@modelcontextprotocol/server-everything`, `docker:ghcr.io/github/github-mcp-server`, `python:-m weather`. */
export function launcherIdentity({ kind, name, target }: Launcher): string {
  return `${kind}:${name}${target === null ? '' : `>${target}`}`;
}

/** Whether others in the same workload may well have the same identity: `node dist/index.js` in another directory. */
export function isAmbiguous({ kind, name, target }: Launcher): boolean {
  if (target !== null || kind === 'npx' || kind === 'uvx' || kind === 'docker' || kind === 'go') return false;
  return !name.startsWith('/') || RUNNERS.has(basename(name));
}

/** Programs that run others by a configuration of their own. */
const RUNNERS = new Set(['npm', 'pnpm', 'yarn', 'uv', 'docker', 'podman', 'poetry', 'pdm', 'hatch', 'make']);
