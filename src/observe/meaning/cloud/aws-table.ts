/** Operations of AWS services as the catalog lists them: by name, and by method and path. */
import catalog from '../../../catalog/aws-operations.json' with { type: 'json' };

export type Operation = {
  name: string;
  /** `s3:GetObject`; empty: iam-data knows no action for it. */
  actions: readonly string[];
  /** `arn:…${TableName}` over members of the request, or `=Member` whose value is an ARN. */
  resources: readonly string[];
};

export type Label = { name: string; greedy: boolean };

type Route = Operation & { method: string; labels: readonly Label[]; query: ReadonlyMap<string, string> };
/** Path segments: literal children, else one label, else the rest of the path. */
type Node = { literals: Map<string, Node>; label: Node | null; greedy: Node | null; routes: Route[] };

export type Service = {
  /** Prefix of its actions. */
  iam: string;
  byName: ReadonlyMap<string, Operation>;
  root: Node;
};

type Entry = { iam: string; arns: string[]; ops: string };
const ENTRIES = new Map<string, Entry>(Object.entries(catalog.services));
const SERVICES = new Map<string, Service>();

function node(): Node {
  return { literals: new Map(), label: null, greedy: null, routes: [] };
}

function literal(at: Node, segment: string): Node {
  const known = at.literals.get(segment) ?? node();
  at.literals.set(segment, known);
  return known;
}

function actionsOf(iam: string, name: string, mark: string): string[] {
  if (mark === '?') return [];
  const listed = mark === '' ? [name] : mark.slice(1).split('+');
  return listed.map((action) => (action.includes(':') ? action : `${iam}:${action}`));
}

const LINE = /^(\w+)(\?|=[^ ]+)?(?: ([A-Z]+) ([^ ]+))?(?: @([\d,]+))?$/;

function addRoute(root: Node, operation: Operation, method: string, uri: string): void {
  const [path = '', query = ''] = uri.split('?');
  const labels: Label[] = [];
  let at = root;
  for (const segment of path.split('/').filter((part) => part !== '')) {
    const label = /^\{(\w+)(\+?)\}$/.exec(segment);
    if (label) labels.push({ name: label[1]!, greedy: label[2] === '+' });
    if (!label) at = literal(at, segment);
    else if (label[2]) at = at.greedy ??= node();
    else at = at.label ??= node();
  }
  at.routes.push({ ...operation, method, labels, query: new Map(new URLSearchParams(query)) });
}

function load({ iam, arns, ops }: Entry): Service {
  const byName = new Map<string, Operation>();
  const root = node();
  for (const line of ops.split('\n')) {
    const [, name = '', mark = '', method, uri, at] = LINE.exec(line) ?? [];
    const resources = at ? at.split(',').map((index) => arns[Number(index)]!) : [];
    const operation = { name, actions: actionsOf(iam, name, mark), resources };
    if (!byName.get(name)?.actions.length) byName.set(name, operation);
    if (method && uri) addRoute(root, operation, method, uri);
  }
  return { iam, byName, root };
}

/** @param signing name for which requests are signed. Null: no service that the catalog lists. */
export function awsService(signing: string): Service | null {
  const entry = ENTRIES.get(signing);
  if (!entry) return null;
  const known = SERVICES.get(signing) ?? load(entry);
  SERVICES.set(signing, known);
  return known;
}

export type Matched = { operation: Operation; labels: ReadonlyMap<string, string> };
type Found = { route: Route; values: readonly string[] };

/** How well its query literals fit: their number, or -1. */
function fitness({ query }: Route, given: URLSearchParams): number {
  for (const [name, value] of query) {
    const own = given.get(name);
    if (own === null || (value !== '' && own !== value)) return -1;
  }
  return query.size;
}

function best(routes: readonly Route[], method: string, query: URLSearchParams): Route | null {
  let found: Route | null = null;
  for (const route of routes)
    if (route.method === method && fitness(route, query) > (found ? fitness(found, query) : -1))
      found = route;
  return found;
}

type Question = { method: string; segments: readonly string[]; query: URLSearchParams };

/** Literal before label before rest, as Smithy resolves ambiguity. Visits no node twice. */
function walk(at: Node, question: Question, depth: number, values: readonly string[]): Found | null {
  const { segments, method, query } = question;
  const segment = segments[depth];
  if (segment === undefined) {
    const route = best(at.routes, method, query);
    return route && { route, values };
  }
  const literal = at.literals.get(segment);
  return (
    ((literal && walk(literal, question, depth + 1, values)) ??
      (at.label && segment !== '' && walk(at.label, question, depth + 1, [...values, segment])) ??
      (at.greedy && rest(at.greedy, question, depth, values))) ||
    null
  );
}

/** What a greedy label leaves over for literals behind it: few paths have any. */
function rest(at: Node, question: Question, depth: number, values: readonly string[]): Found | null {
  const { segments } = question;
  const behind = [...at.literals.keys()];
  const last = segments.at(-1)!;
  if (behind.includes(last) && segments.length > depth + 1) {
    const value = segments.slice(depth, -1).join('/');
    const found = walk(at.literals.get(last)!, question, segments.length, [...values, value]);
    if (found) return found;
  }
  const value = segments.slice(depth).join('/');
  const route = value === '' ? null : best(at.routes, question.method, question.query);
  return route && { route, values: [...values, value] };
}

/** Longest path that is looked up: deeper ones are greedy labels' anyway. */
const MAX_DEPTH = 64;

export function matchRest(service: Service, question: Question): Matched | null {
  const segments = question.segments.slice(0, MAX_DEPTH);
  const ask = (): Found | null => walk(service.root, { ...question, segments }, 0, []);
  let found = ask();
  // A slash at the end says nothing, unless it is part of a key.
  if (!found && segments.at(-1) === '') {
    segments.pop();
    found = ask();
  }
  if (!found) return null;
  const { route, values } = found;
  const labels = new Map(route.labels.map(({ name }, i) => [name, values[i] ?? '']));
  return { operation: route, labels };
}
