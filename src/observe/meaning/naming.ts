/** The final names of artifacts, from where they lie and what is known to be installed there. */
import { NPM_FRAMEWORKS, PYTHON_DISTRIBUTIONS, PYTHON_FRAMEWORKS } from '../../catalog/frameworks.ts';
import type { Kind } from '../../model/kinds.ts';
import type { ArtifactDetail } from '../../model/snapshot.ts';
import type { ArtifactUse, ModelUse, NpmUse, ProgramUse, PythonUse } from './artifact-use.ts';
import { type Inventory, normalizeDistribution, npmPurl, pypiPurl } from './inventory.ts';
import { modelSubject } from './models.ts';

export type Named = Omit<ArtifactDetail, 'workload' | 'kind'> & { kind: Kind };

const FRAMEWORKS = new Map(Object.entries(PYTHON_FRAMEWORKS));
const DISTRIBUTIONS = new Map(Object.entries(PYTHON_DISTRIBUTIONS));
const NPM = new Map(Object.entries(NPM_FRAMEWORKS));

const BLANK = { format: null, size: null, sha256: null };

/** A framework is a library as well: both rows carry the same subject, so a declaration of either kind is met. */
function asLibrary(base: Omit<Named, 'kind' | 'rule'>, rule: string, role: string | null): Named[] {
  const library: Named = { ...base, kind: 'library', rule };
  return role === null ? [library] : [library, { ...base, kind: 'framework', rule: `${rule}:${role}` }];
}

function nameNpm(use: NpmUse, inventory: Inventory): Named[] {
  const { name, directory: path, state } = use;
  const version = use.version ?? inventory.npm.get(path) ?? null;
  const subject = npmPurl(name, null);
  const purl = npmPurl(name, version);
  return asLibrary({ ...BLANK, subject, name, version, purl, path, state }, 'npm', NPM.get(name) ?? null);
}

type Distribution = { name: string; known: boolean; role: string | null };

function prefixes(module: readonly string[]): string[][] {
  return module.map((_, i) => module.slice(0, module.length - i));
}

/** Longest dotted prefix first, since namespace packages are shared: `google.adk`, `azure.ai.projects`. */
function distributionOf(module: readonly string[], installed: ReadonlyMap<string, string>): Distribution {
  for (const prefix of prefixes(module)) {
    const dotted = prefix.join('.');
    const framework = FRAMEWORKS.get(dotted);
    const owner = framework?.distributions.find((name) => installed.has(name));
    if (framework && (owner || !framework.generic))
      return { name: owner ?? framework.distributions[0]!, known: true, role: framework.role };
    const alias = DISTRIBUTIONS.get(dotted);
    if (alias && installed.has(alias)) return { name: alias, known: true, role: null };
    const same = normalizeDistribution(prefix.join('-'));
    if (installed.has(same)) return { name: same, known: true, role: null };
  }
  const alias = DISTRIBUTIONS.get(module[0]!);
  return { name: alias ?? normalizeDistribution(module[0]!), known: alias !== undefined, role: null };
}

const NOTHING_INSTALLED: ReadonlyMap<string, string> = new Map();

function namePython(use: PythonUse, inventory: Inventory): Named[] {
  const installed = inventory.python.get(use.site) ?? NOTHING_INSTALLED;
  const { name, known, role } = distributionOf(use.module, installed);
  const version = installed.get(name) ?? null;
  const path = `${use.site}/${use.module[0]}`;
  const purl = known ? pypiPurl(name, version) : null;
  const base = { ...BLANK, subject: pypiPurl(name, null), name, version, purl, path, state: use.state };
  return asLibrary(base, known ? 'pypi' : 'python-import-name', role);
}

function onlyOne(revisions: ReadonlySet<string> | undefined): string | null {
  return revisions?.size === 1 ? [...revisions][0]! : null;
}

function nameModel(use: ModelUse, inventory: Inventory): Named {
  const { kind, repository, path, format, sha256, rule, state } = use;
  const revision =
    use.revision ?? (repository === null ? null : onlyOne(inventory.revisions.get(repository)));
  const subject = modelSubject(use, revision);
  const name = repository ?? subject.slice('file:'.length).split('/').at(-1)!;
  const purl =
    repository && revision ? `pkg:huggingface/${repository.toLowerCase()}@${revision.toLowerCase()}` : null;
  return { kind, subject, name, version: revision, purl, path, format, size: null, sha256, state, rule };
}

function nameProgram({ kind, name, purl, path, rule }: ProgramUse): Named {
  const subject = kind === 'binary' ? `file:${path}` : name;
  return { ...BLANK, kind, subject, name, version: null, purl, path, state: 'executed', rule };
}

/** One use names up to two artifacts: a library, and the AI framework that it is. */
export function nameArtifact(use: ArtifactUse, inventory: Inventory): Named[] {
  switch (use.type) {
    case 'npm':
      return nameNpm(use, inventory);
    case 'python':
      return namePython(use, inventory);
    case 'model':
      return [nameModel(use, inventory)];
    case 'program':
      return [nameProgram(use)];
  }
}
