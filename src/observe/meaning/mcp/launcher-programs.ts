/** Programs that are there already: a script of an interpreter, a module, a binary. */
import { maskedPath } from './addresses.ts';
import type { Launcher, LauncherKind } from './launcher.ts';
import { packageOf } from './launcher-packages.ts';
import { afterOptions, programName, unwrapped } from './launcher-wrappers.ts';

/** Options that take the next argument, so that it is not taken for the script. */
type Grammar = { kind: LauncherKind; takes: string; module: string; inline: string };

const NODE: Grammar = {
  kind: 'node',
  takes:
    '-r --require --import --loader --experimental-loader -C --conditions --env-file --title --tsconfig --preload',
  module: '',
  inline: '-e --eval -p --print -pe',
};
const PYTHON: Grammar = {
  kind: 'python',
  takes: '-W -X --check-hash-based-pycs',
  module: '-m',
  inline: '-c',
};
const DENO: Grammar = {
  kind: 'deno',
  takes: '-c --config --import-map -L --env-file',
  module: '',
  inline: 'eval',
};
const JAVA: Grammar = {
  kind: 'java',
  takes: '-cp -classpath --class-path -p --module-path --add-opens --add-modules --add-exports',
  module: '-jar -m --module',
  inline: '',
};
const INTERPRETERS: readonly (readonly [RegExp, Grammar])[] = [
  [/^(?:node|nodejs|tsx|ts-node|ts-node-esm|electron)[\d.]*$/, NODE],
  [/^bun$/, NODE],
  [/^(?:python|pypy)[\d.]*w?$/, PYTHON],
  [/^deno$/, DENO],
  [/^java$/, JAVA],
];
const UV_TAKES =
  '--with --with-editable --with-requirements -p --python --directory --project --extra --group --env-file --index ' +
  '--index-url --default-index --extra-index-url --package --cache-dir --only-group --no-group --config-file -m --module';

/** @param exe the image, or what a wrapper was told to start. */
export function programOf(args: readonly string[], exe: string): Launcher {
  const name = programName(args[0] ?? exe);
  if (name === 'uv') return uvRun(args, exe);
  if (name === 'docker' || name === 'podman') return inContainer(args, exe);
  const interpreter = INTERPRETERS.find(([pattern]) => pattern.test(name))?.[1];
  return interpreter ? scriptOf(args.slice(1), interpreter) : there('binary', path(exe || name));
}

function there(kind: LauncherKind, name: string): Launcher {
  return { kind, name, version: null, pinned: null, target: null };
}

function scriptOf(given: readonly string[], grammar: Grammar): Launcher {
  const args = given[0] === 'run' ? given.slice(1) : given;
  const [takes, module, inline] = [grammar.takes, grammar.module, grammar.inline].map((one) =>
    one.split(' '),
  );
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '') continue;
    if (inline!.includes(arg)) return there(grammar.kind, '-c');
    if (module!.includes(arg)) return there(grammar.kind, `${arg} ${path(args[i + 1] ?? '')}`);
    if (takes!.includes(arg)) i++;
    else if (/^(?:npm|jsr):/.test(arg)) return packageOf(['npx', arg.replace(/^\w+:/, '')])!;
    else if (!arg.startsWith('-')) return installed(arg) ?? there(grammar.kind, path(arg));
  }
  return there(grammar.kind, '-');
}

/** What npx and uvx fetched lies under a hash of what was asked: its place says who started it, and no version. */
const FETCHED = /[/\\](?:_npx[/\\][0-9a-f]+|dlx(?:-[\w-]+|[/\\]\w+))(?:[/\\].*)?[/\\]node_modules[/\\](.+)$/;
const TOOL =
  /[/\\](?:archive-v0[/\\][\w-]+|uv[/\\]tools[/\\][\w.-]+|pipx[/\\](?:venvs[/\\])?[\w.-]+)[/\\]bin[/\\]([\w.-]+)$/;

function installed(script: string): Launcher | null {
  const module = FETCHED.exec(script)?.[1];
  if (module !== undefined) {
    const name = /^(?:@[^/\\]+[/\\])?[^/\\]+/.exec(module)?.[0];
    return name === undefined || name === '.bin'
      ? there('node', path(`node_modules/${module}`))
      : there('npx', path(name));
  }
  const tool = TOOL.exec(script)?.[1];
  return tool === undefined ? null : there('uvx', tool);
}

/** `uv run server.py`, `uv --directory x run weather`. */
function uvRun(args: readonly string[], exe: string): Launcher {
  const at = args.indexOf('run');
  if (at < 1) return there('binary', path(exe));
  const module = args.findIndex((arg, i) => i > at && (arg === '-m' || arg === '--module'));
  const rest = afterOptions(args.slice(at + 1), UV_TAKES.split(' '));
  if (module > at && !rest.includes('-m')) return there('python', `-m ${path(args[module + 1] ?? '')}`);
  const [command = ''] = rest;
  if (/\.pyw?$/.test(command)) return there('python', path(command));
  return command === '' ? there('binary', path(exe)) : (packageOf(rest) ?? programOf(rest.slice(), command));
}

/** `docker exec -i name program …`: the program, in a container that is there. */
function inContainer(args: readonly string[], exe: string): Launcher {
  const at = args.findIndex((arg, i) => i > 0 && !arg.startsWith('-'));
  if (args[at] !== 'exec') return there('binary', path(exe));
  const inner = unwrapped(afterOptions(args.slice(at + 1), EXEC_TAKES).slice(1));
  return inner.length === 0 ? there('binary', path(exe)) : (packageOf(inner) ?? programOf(inner, inner[0]!));
}

const EXEC_TAKES = '-e --env --env-file -u --user -w --workdir --detach-keys'.split(' ');

function path(text: string): string {
  return maskedPath(text);
}
