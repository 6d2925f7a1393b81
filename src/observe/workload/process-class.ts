/**
 * What a process is, without its pid and without its arguments: the executable and, for an interpreter, the script
 * or module. Only a file or module name is taken from argv; inline code (`-c`, `-e`) is marked, never kept.
 */
export type ProcessClass = {
  exe: string;
  /** `server.js`, `-m vllm.entrypoints.openai.api_server`, `-c` for inline code; '' where there is none. */
  script: string;
  /** Starts other things and is itself nobody's workload: login, shells without a script, sudo, tmux … */
  launcher: boolean;
};

type Grammar = {
  /** Options that take the next argument, so that it is not taken for the script. */
  takes: ReadonlySet<string>;
  module: readonly string[];
  inline: readonly string[];
};

const PYTHON: Grammar = {
  takes: new Set(['-W', '-X', '--check-hash-based-pycs']),
  module: ['-m'],
  inline: ['-c'],
};
const NODE: Grammar = {
  takes: new Set([
    '-r',
    '--require',
    '--import',
    '--loader',
    '--experimental-loader',
    '-C',
    '--conditions',
    '--env-file',
    '--title',
  ]),
  module: [],
  inline: ['-e', '--eval', '-p', '--print', '-pe'],
};
const SHELL: Grammar = {
  takes: new Set(['-o', '-O', '+O', '--rcfile', '--init-file']),
  module: [],
  inline: ['-c'],
};
const JAVA: Grammar = {
  takes: new Set([
    '-cp',
    '-classpath',
    '--class-path',
    '-p',
    '--module-path',
    '--add-opens',
    '--add-modules',
    '--add-exports',
  ]),
  module: ['-jar', '-m', '--module'],
  inline: [],
};
const PLAIN: Grammar = { takes: new Set(['-I', '-x', '-W', '-r']), module: [], inline: ['-e', '-E'] };

const INTERPRETERS: readonly [RegExp, Grammar][] = [
  [/^(?:python|pypy)[\d.]*$/, PYTHON],
  [/^(?:node|nodejs|bun|deno)[\d.]*$/, NODE],
  [/^(?:sh|bash|dash|ash|zsh|ksh|busybox)$/, SHELL],
  [/^java$/, JAVA],
  [/^(?:ruby|perl|lua)[\d.]*$/, PLAIN],
];
const LAUNCHERS = new Set(
  (
    'systemd init tini dumb-init docker-init login sshd sshd-session sudo su runuser doas tmux screen script getty ' +
    'agetty cron crond atd env nohup setsid timeout nice ionice stdbuf strace unshare nsenter ip setpriv ' +
    'start-stop-daemon xinit gdm-session-worker'
  ).split(' '),
);

export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The kernel appends this to the path of an image that was replaced while running. */
const DELETED = / \(deleted\)$/;

function grammarOf(name: string): Grammar | null {
  return INTERPRETERS.find(([test]) => test.test(name))?.[1] ?? null;
}

function isShell(name: string): boolean {
  return grammarOf(name) === SHELL;
}

/** `bun run x.ts`, `deno run x.ts`: the verb is no script. */
function scriptOf(grammar: Grammar, argv: readonly string[]): string {
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i]!;
    if (grammar.module.includes(arg)) return argv[i + 1] ? `${arg} ${argv[i + 1]}` : arg;
    if (grammar.inline.includes(arg)) return arg;
    if (grammar === SHELL && /^-[a-z]*c$/.test(arg)) return '-c';
    if (arg === '--') return argv[i + 1] ?? '';
    if (grammar.takes.has(arg)) i++;
    else if (!/^[-+]/.test(arg) && !(arg === 'run' && i === 1)) return arg;
  }
  return '';
}

/** @param exe image path; the interpreter's, when a script with a shebang was executed. */
export function classifyProcess(exe: string, argv: readonly string[]): ProcessClass {
  const image = exe.replace(DELETED, '');
  const name = basename(image);
  const grammar = grammarOf(name);
  // busybox and the like are named by argv[0]: `busybox sh x.sh` and `/bin/sh -> busybox` alike.
  const script = grammar ? scriptOf(grammar, name === 'busybox' ? busyboxArgv(argv) : argv) : '';
  const launcher =
    LAUNCHERS.has(name) || (isShell(name) && (script === '' || script === '-c') && shellApplet(name, argv));
  return { exe: image, script, launcher };
}

function busyboxArgv(argv: readonly string[]): readonly string[] {
  const applet = basename(argv[0] ?? '');
  if (applet === 'busybox') return busyboxArgv(argv.slice(1));
  return isShell(applet) ? argv : [applet, applet];
}

function shellApplet(name: string, argv: readonly string[]): boolean {
  if (name !== 'busybox') return true;
  const applets = argv.map(basename).filter((arg) => arg !== 'busybox');
  return applets[0] === undefined || isShell(applets[0].replace(/^-/, ''));
}

/** The class column: `/usr/bin/node server.js`. */
export function className(program: ProcessClass): string {
  return (program.script ? `${program.exe} ${program.script}` : program.exe).slice(0, 1024);
}
