/** Operations of AWS services as the catalog lists them: by name, and by method and path. */
import catalog from '../../../catalog/aws-operations.json' with { type: 'json' };
import { addTemplate, type PathTree, pathTree } from './path-tree.ts';

export type Operation = {
  name: string;
  /** `s3:GetObject`; empty: iam-data knows no action for it. */
  actions: readonly string[];
  /** `arn:…${TableName}` over members of the request, or `=Member` whose value is an ARN. */
  resources: readonly string[];
};

export type Service = {
  /** Prefix of its actions. */
  iam: string;
  byName: ReadonlyMap<string, Operation>;
  paths: PathTree<Operation>;
};

type Entry = { iam: string; arns: string[]; ops: string };
const ENTRIES = new Map<string, Entry>(Object.entries(catalog.services));
/** Read when first asked for: most agents use few services. */
const SERVICES = new Map<string, Service>();

function actionsOf(iam: string, name: string, mark: string): string[] {
  if (mark === '?') return [];
  const listed = mark === '' ? [name] : mark.slice(1).split('+');
  return listed.map((action) => (action.includes(':') ? action : `${iam}:${action}`));
}

/** `Name`, `Name?` without action, `Name=Action+Action`; method and path of REST; indexes of resources. */
const LINE = /^(\w+)(\?|=[^ ]+)?(?: ([A-Z]+) ([^ ]+))?(?: @([\d,]+))?$/;

function load({ iam, arns, ops }: Entry): Service {
  const byName = new Map<string, Operation>();
  const paths = pathTree<Operation>();
  for (const line of ops.split('\n')) {
    const [, name = '', mark = '', method, uri, at] = LINE.exec(line) ?? [];
    const resources = at ? at.split(',').map((index) => arns[Number(index)]!) : [];
    const operation = { name, actions: actionsOf(iam, name, mark), resources };
    if (!byName.get(name)?.actions.length) byName.set(name, operation);
    if (method && uri) addTemplate(paths, method, uri, operation);
  }
  return { iam, byName, paths };
}

/** @param signing name for which requests are signed. Null: no service that the catalog lists. */
export function awsService(signing: string): Service | null {
  const entry = ENTRIES.get(signing);
  if (!entry) return null;
  const known = SERVICES.get(signing) ?? load(entry);
  SERVICES.set(signing, known);
  return known;
}
