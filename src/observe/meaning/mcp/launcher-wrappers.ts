/** Programs that only start another one: what is left of an argv without them. */
import { basename } from '../../workload/process-class.ts';

const MAX_WRAPPERS = 8;

/** Options that take the next argument; all others stand alone, or carry their value behind `=`. */
const PREFIXES: Readonly<Record<string, string>> = {
  env: '-u --unset -C --chdir',
  tini: '-p',
  'docker-init': '-p',
  'dumb-init': '-r --rewrite',
  catatonit: '',
  nohup: '',
  setsid: '',
  exec: '-a',
  nice: '-n --adjustment',
  ionice: '-c -n --class --classdata',
  stdbuf: '-i -o -e',
  timeout: '-k -s --kill-after --signal',
  sudo: '-u -g -h -p -C -T --user --group',
  doas: '-u -C',
  gosu: '',
  'su-exec': '',
  'xvfb-run': '-n -s -e -f -p -w',
  dotenv: '-e -v -p -c',
  dotenvx: '-f --env-file',
  op: '--env-file --account',
  doppler: '-p -c --project --config -t --token',
  infisical: '--env --token --projectId --path',
};
/** A first argument that is no program: a duration, a user, a verb. */
const FIRST: Readonly<Record<string, true>> = {
  timeout: true,
  gosu: true,
  'su-exec': true,
  op: true,
  doppler: true,
  infisical: true,
};
const SHELLS = /^(?:sh|bash|dash|ash|zsh|ksh|busybox)$/;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** argv[0] of the result is what the wrappers start, or a shell with inline code that is no plain command. */
export function unwrapped(argv: readonly string[]): readonly string[] {
  let args = titled(argv);
  for (let i = 0; i < MAX_WRAPPERS; i++) {
    const inner = inside(args);
    if (!inner || inner.length === 0) return args;
    args = inner;
  }
  return args;
}

export function programName(arg: string): string {
  const plain = arg.slice(arg.lastIndexOf('\\') + 1);
  return basename(plain).replace(/\.(?:exe|cmd|bat)$/i, '');
}

/** npm writes `npm exec pkg@1` over its own argv, as one string. */
function titled(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (!first || !/^(?:npm|npx|pnpm|yarn|bunx|uvx) /.test(first)) return argv;
  return rest.every((arg) => arg === '') ? first.split(' ').filter((part) => part !== '') : argv;
}

function inside(args: readonly string[]): readonly string[] | null {
  const name = programName(args[0] ?? '');
  if (SHELLS.test(name)) return shellCommand(name === 'busybox' ? args.slice(1) : args);
  if (name === 'cmd') return windowsCommand(args);
  if (!Object.hasOwn(PREFIXES, name)) return null;
  const split = name === 'env' ? args.findIndex((arg) => arg === '-S' || arg === '--split-string') : -1;
  if (split > 0) return words(args[split + 1] ?? '').concat(args.slice(split + 2));
  const takes = PREFIXES[name]!.split(' ');
  const rest = afterOptions(args.slice(1), takes);
  return FIRST[name] ? afterOptions(rest.slice(1), takes) : rest;
}

/** Past options, their values, assignments of the environment and `--`. */
export function afterOptions(args: readonly string[], takes: readonly string[]): readonly string[] {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return args.slice(i + 1);
    if (takes.includes(arg)) i++;
    else if (!arg.startsWith('-') && !ASSIGNMENT.test(arg)) return args.slice(i);
  }
  return [];
}

/** `-c`, also in `-lc` and `-ec`. A script file is no wrapper. */
function shellCommand(args: readonly string[]): readonly string[] | null {
  const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
  if (at < 1) return null;
  const found = words(args[at + 1] ?? '');
  return found.length > 0 ? found : null;
}

function windowsCommand(args: readonly string[]): readonly string[] | null {
  const at = args.findIndex((arg) => /^\/[ck]$/i.test(arg));
  if (at < 1) return null;
  return args.length === at + 2 ? words(args[at + 1]!) : args.slice(at + 1);
}

const TOKEN = /'([^']*)'|"((?:[^"\\]|\\.)*)"|(&&|\|\||[;|&\n])|((?:[^\s'"\\;|&]|\\.)+)/g;

/** The words of the last command of a line that runs several: what comes before it prepares. Bounded by the argument. */
function words(line: string): string[] {
  let command: string[] = [];
  let end = -1;
  for (const match of line.matchAll(TOKEN)) {
    const [whole, single, double, separator, bare] = match;
    if (separator !== undefined) {
      // What stands behind a pipe reads the server's answers; what stands behind `;` comes after.
      if (separator === '|' && command.length > 0) break;
      if (separator !== '&') command = [];
      end = -1;
      continue;
    }
    const text = single ?? double ?? bare ?? '';
    if (match.index === end && command.length > 0) command[command.length - 1] += text;
    else command.push(text);
    end = match.index + whole.length;
  }
  const start = command.findIndex((part) => part !== 'exec' && !ASSIGNMENT.test(part));
  return start < 0 ? [] : command.slice(start);
}
