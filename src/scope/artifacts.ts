/** What a workload's own configuration declares that it loads: annotations, arguments, environment, BOMs. */
import {
  ADAPTER_ENV,
  ARTIFACT_ANNOTATIONS,
  BOM_ANNOTATION,
  MODEL_ARGUMENTS,
  MODEL_COMMANDS,
} from '../catalog/declarations.ts';
import type { ArtifactPattern } from '../match/artifact.ts';
import type { Capability, ConfiguredWorkload, DeclaredArtifact, Hop } from '../model/configured.ts';
import type { Container, DeclaredBom } from '../model/kubernetes.ts';
import { adapterTexts, parseArtifact } from './artifact-text.ts';
import { refName } from './describe.ts';
import type { Controlled } from './workloads.ts';

type Kind = DeclaredArtifact['kind'];
type Declaration = { kind: Kind; pattern: ArtifactPattern; where: Hop };
export type Declarations = {
  declared: readonly DeclaredArtifact[];
  declares: ConfiguredWorkload['declares'];
  capabilities: readonly Capability[];
};

export function declaredArtifacts(workload: Controlled, boms: readonly DeclaredBom[]): Declarations {
  const own = boms.filter((bom) => belongs(bom, workload));
  const found = unique([
    ...annotated(workload),
    ...workload.containers.flatMap((container) => [
      ...fromArguments(workload, container),
      ...fromEnvironment(workload, container),
    ]),
    ...own.flatMap(fromBom),
  ]);
  return {
    declared: found.map(({ kind, pattern, where }) => ({
      kind,
      name: pattern.name,
      version: pattern.version,
      purl: pattern.purl,
      where,
    })),
    declares: declaresOf(workload, found),
    capabilities: found.map((one) => artifactCapability(workload, one)),
  };
}

/** Frameworks are libraries: who lists the libraries has listed the frameworks, but not the other way round. */
function declaresOf(workload: Controlled, found: readonly Declaration[]): ConfiguredWorkload['declares'] {
  const annotatedKinds = Object.entries(ARTIFACT_ANNOTATIONS)
    .filter(([name]) => annotation(workload, name) !== null)
    .map(([, kind]) => kind as Kind);
  const kinds = new Set<Kind>([...annotatedKinds, ...found.map(({ kind }) => kind)]);
  return {
    model: kinds.has('model'),
    framework: kinds.has('framework') || kinds.has('library'),
    library: kinds.has('library'),
  };
}

function annotation(workload: Controlled, name: string): string | null {
  return workload.template.annotations[name] ?? workload.annotations[name] ?? null;
}

function annotated(workload: Controlled): Declaration[] {
  return Object.entries(ARTIFACT_ANNOTATIONS).flatMap(([name, kind]) =>
    declarations(kind, (annotation(workload, name) ?? '').split(','), {
      ...ownHop(workload),
      field: `metadata.annotations["${name}"]`,
      why: `declares the ${kind}`,
    }),
  );
}

function declarations(kind: Kind, texts: readonly string[], where: Hop): Declaration[] {
  return texts
    .map(parseArtifact)
    .filter((pattern) => pattern !== null)
    .map((pattern) => ({ kind, pattern, where }));
}

/** `--model X`, `--model=X`, and the plain argument of `vllm serve X`. */
function fromArguments(workload: Controlled, container: Container): Declaration[] {
  const words = [...container.command, ...container.args];
  const hop = (flag: string): Hop => ({
    ...ownHop(workload),
    field: `containers[${container.name}].args`,
    why: `${flag} names what is loaded`,
  });
  const flagged = words.flatMap((word, index) => {
    const [flag, value] = word.includes('=') ? splitOnce(word) : [word, words[index + 1] ?? ''];
    const kind = Object.hasOwn(MODEL_ARGUMENTS, flag) ? MODEL_ARGUMENTS[flag as '--model'] : null;
    if (!kind || value.startsWith('-') || value.startsWith('$(')) return [];
    return declarations(kind, kind === ('adapter' as Kind) ? adapterTexts(value) : [value], hop(flag));
  });
  const plain = positional(words);
  return plain === null ? flagged : [...flagged, ...declarations('model', [plain], hop(words[0]!))];
}

function splitOnce(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

function positional(words: readonly string[]): string | null {
  const program = words.map((word, index) => (index === 0 ? word.split('/').at(-1)! : word));
  const command = MODEL_COMMANDS.find((one) => one.every((word, index) => program[index] === word));
  const next = command ? words[command.length] : undefined;
  return next === undefined || next.startsWith('-') ? null : next;
}

function fromEnvironment(workload: Controlled, container: Container): Declaration[] {
  return Object.entries(container.modelEnv).flatMap(([name, value]) => {
    const adapter = (ADAPTER_ENV as readonly string[]).includes(name);
    return declarations(adapter ? 'adapter' : 'model', adapter ? adapterTexts(value) : [value], {
      ...ownHop(workload),
      field: `containers[${container.name}].env[${name}]`,
      why: `${name} names what is loaded`,
    });
  });
}

/** By annotation (file name, serial number or subject), or by the property in the BOM itself. */
function belongs(bom: DeclaredBom, workload: Controlled): boolean {
  if (bom.workload === `${workload.namespace}/${workload.kind}/${workload.name}`) return true;
  const names = (annotation(workload, BOM_ANNOTATION) ?? '').split(',').map((one) => one.trim());
  const file = bom.location.replaceAll('\\', '/');
  return names.some(
    (name) =>
      name !== '' &&
      (name === bom.serialNumber || name === bom.subject || file === name || file.endsWith(`/${name}`)),
  );
}

function fromBom(bom: DeclaredBom): Declaration[] {
  return bom.components.map(({ kind, name, version, purl, field }) => ({
    kind,
    pattern: { type: 'artifact', name, version, purl, path: null },
    where: { object: `BOM ${bom.location}`, ref: null, field, why: `lists the ${kind}`, inherited: false },
  }));
}

function unique(found: readonly Declaration[]): Declaration[] {
  const byName = new Map<string, Declaration>();
  for (const one of found) {
    const key = `${one.kind} ${one.pattern.name} ${one.pattern.version} ${one.pattern.path}`;
    if (!byName.has(key)) byName.set(key, one);
  }
  return [...byName.values()];
}

function artifactCapability(workload: Controlled, { kind, pattern, where }: Declaration): Capability {
  const { name, version, path } = pattern;
  const spelled = version === null ? name : `${name}@${version}`;
  return {
    id: `${kind}:${workload.id}:${spelled}${path === null ? '' : `:${path}`}`,
    holder: { type: 'workload', id: workload.id },
    kind,
    summary: `${kind} ${spelled}`,
    allow: [pattern],
    deny: [],
    conditions: [],
    effect: 'allow',
    origin: 'direct',
    path: [where],
    source: where.ref === null ? 'boms' : 'workloads',
  };
}

function ownHop(workload: Controlled): Pick<Hop, 'object' | 'ref' | 'inherited'> {
  return { object: refName(workload.ref), ref: workload.ref, inherited: false };
}
