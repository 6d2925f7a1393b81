/** Runners that fetch what they run: npm packages, Python packages, images. */
import { maskedPath, maskedUrl } from './addresses.ts';
import type { Launcher, LauncherKind } from './launcher.ts';
import { programName } from './launcher-wrappers.ts';

/** What a runner's arguments are: which options take a value, and which of these names the package. */
type Grammar = { kind: LauncherKind; takes: string; names: string; split: (spec: string) => Spec };
type Spec = { name: string; version: string | null; pinned: boolean };

const NPM: Grammar = {
  kind: 'npx',
  takes:
    '-p --package --registry --prefix --cache --userconfig --loglevel -w --workspace -c --call --node-arg --node-options ' +
    '--otp -C --dir --allow-build --filter --shell --config',
  names: '-p --package',
  split: npmSpec,
};
const PYPI: Grammar = {
  kind: 'uvx',
  takes:
    '--from --with --with-editable --with-requirements -p --python --index --index-url --default-index --extra-index-url ' +
    '-i -f --find-links --directory --project --cache-dir --env-file -c --constraints --overrides --spec --pip-args ' +
    '--index-strategy --keyring-provider --resolution --prerelease --link-mode --refresh-package --upgrade-package ' +
    '-P -C --config-setting --config-file --exclude-newer --color --allow-insecure-host --suffix --fetch-missing-python',
  names: '--from --spec',
  split: pypiSpec,
};
const IMAGE: Grammar = { kind: 'docker', takes: '', names: '', split: imageSpec };
const GO: Grammar = { kind: 'go', takes: '-C -tags -ldflags -mod -o -p', names: '', split: npmSpec };

/** By the words that a command begins with. The first word is a program's name. */
const RUNNERS: readonly (readonly [string, Grammar])[] = [
  ['npx', NPM],
  ['npm exec', NPM],
  ['npm x', NPM],
  ['pnpm dlx', NPM],
  ['pnpx', NPM],
  ['yarn dlx', NPM],
  ['bunx', NPM],
  ['bun x', NPM],
  ['uvx', PYPI],
  ['uv tool run', PYPI],
  ['uv tool uvx', PYPI],
  ['uv x', PYPI],
  ['pipx run', PYPI],
  ['docker run', IMAGE],
  ['docker container run', IMAGE],
  ['podman run', IMAGE],
  ['podman container run', IMAGE],
  ['nerdctl run', IMAGE],
  ['go run', GO],
];
/** `node …/npx-cli.js` is npx. */
const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[/\\]npx-cli\.c?js$/, 'npx'],
  [/[/\\]npm-cli\.c?js$/, 'npm'],
  [/[/\\]pnpm\.[cm]?js$/, 'pnpm'],
  [/[/\\]pnpx\.[cm]?js$/, 'pnpx'],
  [/[/\\]yarn[\w.-]*\.[cm]?js$/, 'yarn'],
  [/[/\\]bin[/\\](npx|npm|pnpm|pnpx|yarn|pipx|bunx)$/, ''],
];
const INTERPRETER = /^(?:node|nodejs|bun|python|pypy)[\d.]*$/;
/** Programs that pass on to a server elsewhere: two of them are two servers. */
const BRIDGES = new Set([
  'mcp-remote',
  'mcp-proxy',
  'supergateway',
  'mcp-remote-client',
  'fastmcp-proxy',
  'mcpo',
]);

/** Null: no runner of packages. */
export function packageOf(argv: readonly string[]): Launcher | null {
  const args = uninterpreted(argv);
  const name = programName(args[0] ?? '');
  for (const [words, grammar] of RUNNERS) {
    const [program, ...verbs] = words.split(' ');
    if (program !== name) continue;
    const rest = behindVerbs(args.slice(1), verbs);
    if (rest) return found(rest, grammar);
  }
  return null;
}

function uninterpreted(args: readonly string[]): readonly string[] {
  if (!INTERPRETER.test(programName(args[0] ?? ''))) return args;
  const at = args.findIndex((arg, i) => i > 0 && !arg.startsWith('-'));
  const [pattern, name] = SCRIPTS.find(([script]) => script.test(args[at] ?? '')) ?? [];
  return pattern ? [name || programName(args[at]!), ...args.slice(at + 1)] : args;
}

/** Options may stand before a verb: `npm --silent exec`, `docker --context x run`. */
function behindVerbs(args: readonly string[], verbs: readonly string[]): readonly string[] | null {
  let at = 0;
  for (const verb of verbs) {
    while (args[at]?.startsWith('-')) at += GLOBAL.has(args[at]!) ? 2 : 1;
    if (args[at++] !== verb) return null;
  }
  return args.slice(at);
}

/** Options of docker, npm and uv themselves that take the next argument. */
const GLOBAL = new Set(
  '-c --context -H --host --config -l --log-level --tlscacert --prefix --directory --project --cache-dir -C'.split(
    ' ',
  ),
);

function found(args: readonly string[], grammar: Grammar): Launcher {
  const takes = grammar.takes.split(' ');
  const names = grammar.names.split(' ').filter((name) => name !== '');
  let named: string | null = null;
  let at = 0;
  for (; at < args.length && args[at]!.startsWith('-') && args[at] !== '--'; at++) {
    const [option, attached] = halves(args[at]!);
    const takesNext = attached === null && (grammar === IMAGE ? imageTakes(option) : takes.includes(option));
    if (names.includes(option)) named ??= attached ?? args[at + 1] ?? null;
    if (takesNext) at++;
  }
  if (args[at] === '--') at++;
  const { name, version, pinned } = grammar.split(named ?? args[at] ?? '');
  const target = bridged(name, args.slice(at + 1));
  return { kind: grammar.kind, name: NAME.test(name) ? maskedPath(name) : '?', version, pinned, target };
}

/** Of packages, images, files and hosts. */
const NAME = /^[@\w.~][@\w.~:/+{}-]{0,255}$/;

function halves(arg: string): [option: string, attached: string | null] {
  const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return equals < 0 ? [arg, null] : [arg.slice(0, equals), arg.slice(equals + 1)];
}

const FLAGS = new Set(
  (
    '--rm --init --privileged --read-only --interactive --tty --detach --publish-all --no-healthcheck --oom-kill-disable ' +
    '--sig-proxy --quiet --disable-content-trust --replace --rmi --no-hosts --no-hostname --systemd --tls-verify ' +
    '--http-proxy --env-host --passwd --unsetenv-all --read-only-tmpfs --use-api-socket'
  ).split(' '),
);

/** Almost every option of `docker run` takes a value: those that do not are listed. `-it` is a cluster, `-eA=b` attached. */
function imageTakes(option: string): boolean {
  if (option.startsWith('--')) return !FLAGS.has(option);
  return /^-[itdPq]*[evpuwlmhac]$/.test(option);
}

function bridged(name: string, args: readonly string[]): string | null {
  if (!BRIDGES.has(name)) return null;
  const url = args.find((arg) => /^(?:https?|wss?):\/\//i.test(arg));
  return url === undefined ? null : maskedUrl(url);
}

const SEMVER = /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/;
const COMMIT = /[@#]([0-9a-f]{40})(?:[#&]|$)/;

/** `@scope/name@1.2.3`, `github:owner/repo#<commit>`, a URL. */
function npmSpec(spec: string): Spec {
  if (/^(?:git\+|https?:|ssh:|git:)/.test(spec)) return sourceSpec(spec);
  const at = spec.lastIndexOf('@');
  const version = at > 0 ? spec.slice(at + 1) : null;
  const name = (at > 0 ? spec.slice(0, at) : spec).replace(/#.*$/, '');
  return { name, version: clean(version), pinned: SEMVER.test(version ?? '') || COMMIT.test(spec) };
}

/** `name==1.2.3`, `name@1.2.3` (uvx), `name[extra]>=1`, `name @ git+https://…@<commit>`. */
function pypiSpec(spec: string): Spec {
  const source = /(?:git\+|https?:\/\/|ssh:\/\/)\S*/.exec(spec)?.[0];
  if (source !== undefined) return sourceSpec(source);
  const [, name = spec, version = ''] = /^([\w./~-]+)(?:\[[\w,\s-]*\])?\s*(.*)$/.exec(spec) ?? [];
  const exact = /^(?:===?|@)\s*v?\d[\w.!+-]*$/.test(version) && !version.includes('*');
  return { name, version: clean(version.replace(/^(?:===?|@)\s*/, '')), pinned: exact };
}

function sourceSpec(url: string): Spec {
  const commit = COMMIT.exec(url)?.[1] ?? null;
  const place = /^(?:git\+)?(\w+:\/\/[^/]*\/[^@#?]*)/.exec(url)?.[1] ?? url;
  return { name: maskedUrl(place), version: commit, pinned: commit !== null };
}

/** `registry:5000/name:tag@sha256:…`: only a digest pins, a tag may move. */
function imageSpec(image: string): Spec {
  const [reference = '', digest] = image.split('@', 2);
  const [, name = reference, tag] = /^(.*?)(?::([\w][\w.-]{0,127}))?$/.exec(reference) ?? [];
  const known = /^sha256:[0-9a-f]{64}$/.test(digest ?? '') ? digest! : null;
  return { name, version: known ?? clean(tag ?? null), pinned: known !== null };
}

/** A version, range or tag; anything else could be a secret in the wrong place. */
function clean(version: string | null): string | null {
  return version !== null && /^[\w.*^~<>=!+, |-]{1,64}$/.test(version) ? version : null;
}
