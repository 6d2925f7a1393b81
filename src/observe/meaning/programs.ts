/** What a process is to us: an inference server, an interpreter whose opens mean imports, a mere copier of files. */
import { INFERENCE_SERVERS, type InferenceServer } from '../../catalog/inference-servers.ts';
import { COPIERS } from '../../catalog/model-formats.ts';
import { basename, type ProcessClass } from '../workload/process-class.ts';
import type { ProgramUse } from './artifact-use.ts';

/** `unknown`: no process record yet; its opens of code files are taken for imports. */
export type Loader = 'python' | 'node' | 'copier' | 'other' | 'unknown';

const PYTHON = /^(?:python|pypy)[\d.]*$|^(?:uwsgi|uwsgi-core|mod_wsgi-express)$/;
const NODE = /^(?:node|nodejs|bun|deno|electron)[\d.]*$/;

export function loaderOf(program: ProcessClass | null): Loader {
  if (!program) return 'unknown';
  const name = basename(program.exe);
  const script = program.script.startsWith('-m ') ? program.script.slice(3) : basename(program.script);
  if (COPIERS.has(name) || COPIERS.has(script)) return 'copier';
  if (PYTHON.test(name)) return 'python';
  return NODE.test(name) ? 'node' : 'other';
}

function moduleMatches(module: string, pattern: string): boolean {
  return pattern.endsWith('.*') ? module.startsWith(pattern.slice(0, -1)) : module === pattern;
}

function isServer(server: InferenceServer, program: ProcessClass, argv: readonly string[]): boolean {
  const [flag, module] = program.script.split(' ');
  if ((flag === '-m' || flag === '-jar') && module)
    return server.modules?.some((pattern) => moduleMatches(module, pattern)) ?? false;
  if (server.modules?.includes(program.script)) return true;
  const names = [basename(argv[0] ?? ''), basename(program.exe), basename(program.script)];
  const command = server.commands?.find((name) => names.includes(name));
  if (command === undefined) return false;
  if (server.verb === undefined) return true;
  const at = argv.findIndex((arg) => basename(arg) === command);
  return argv[at + 1] === server.verb;
}

export function inferenceServer(program: ProcessClass, argv: readonly string[]): ProgramUse | null {
  const server = INFERENCE_SERVERS.find((candidate) => isServer(candidate, program, argv));
  if (!server) return null;
  const purl = server.pypi ? `pkg:pypi/${server.pypi}` : null;
  const rule = `inference-server:${server.name}`;
  return { type: 'program', kind: 'inference-server', name: server.name, purl, path: program.exe, rule };
}

export function binary(exe: string): ProgramUse {
  return {
    type: 'program',
    kind: 'binary',
    name: basename(exe),
    purl: null,
    path: exe,
    rule: 'executed-image',
  };
}
