/** Looks up paths among templates: `/clusters/{name}`, with literals before labels before the rest of the path. */

export type Template<T> = {
  method: string;
  labels: readonly string[];
  query: ReadonlyMap<string, string>;
  value: T;
};
export type PathTree<T> = {
  literals: Map<string, PathTree<T>>;
  label: PathTree<T> | null;
  greedy: PathTree<T> | null;
  templates: Template<T>[];
};
export type Question = { method: string; segments: readonly string[]; query: URLSearchParams };
export type Found<T> = { value: T; labels: ReadonlyMap<string, string> };

export function pathTree<T>(): PathTree<T> {
  return { literals: new Map(), label: null, greedy: null, templates: [] };
}

function literal<T>(at: PathTree<T>, segment: string): PathTree<T> {
  const known = at.literals.get(segment) ?? pathTree<T>();
  at.literals.set(segment, known);
  return known;
}

/** @param uri `/{Bucket}/{Key+}?tagging`: labels, a greedy one, and what the query must have. */
export function addTemplate<T>(root: PathTree<T>, method: string, uri: string, value: T): void {
  const [path = '', query = ''] = uri.split('?');
  const labels: string[] = [];
  let at = root;
  for (const segment of path.split('/').filter((part) => part !== '')) {
    const label = /^\{([\w-]+)(\+?)\}$/.exec(segment);
    if (label) labels.push(label[1]!);
    if (!label) at = literal(at, segment);
    else if (label[2]) at = at.greedy ??= pathTree();
    else at = at.label ??= pathTree();
  }
  at.templates.push({ method, labels, query: new Map(new URLSearchParams(query)), value });
}

/** How well its query literals suit: their number, or -1. */
function suits<T>({ query }: Template<T>, given: URLSearchParams): number {
  for (const [name, value] of query) {
    const own = given.get(name);
    if (own === null || (value !== '' && own !== value)) return -1;
  }
  return query.size;
}

function best<T>({ templates }: PathTree<T>, { method, query }: Question): Template<T> | null {
  let found: Template<T> | null = null;
  for (const one of templates)
    if (one.method === method && suits(one, query) > (found ? suits(found, query) : -1)) found = one;
  return found;
}

type Walked<T> = { template: Template<T>; values: readonly string[] };

/** As Smithy resolves ambiguity. Visits no node twice. */
function walk<T>(
  at: PathTree<T>,
  question: Question,
  depth: number,
  values: readonly string[],
): Walked<T> | null {
  const segment = question.segments[depth];
  if (segment === undefined) {
    const template = best(at, question);
    return template && { template, values };
  }
  const next = at.literals.get(segment);
  const { label, greedy } = at;
  return (
    (next && walk(next, question, depth + 1, values)) ||
    (label && segment !== '' && walk(label, question, depth + 1, [...values, segment])) ||
    (greedy && rest(greedy, question, depth, values)) ||
    null
  );
}

/** What a greedy label leaves over for a literal behind it: few paths have one. */
function rest<T>(
  at: PathTree<T>,
  question: Question,
  depth: number,
  values: readonly string[],
): Walked<T> | null {
  const { segments } = question;
  const behind = segments.length > depth + 1 ? at.literals.get(segments.at(-1)!) : undefined;
  const end =
    behind && walk(behind, question, segments.length, [...values, segments.slice(depth, -1).join('/')]);
  if (end) return end;
  const value = segments.slice(depth).join('/');
  const template = value === '' ? null : best(at, question);
  return template && { template, values: [...values, value] };
}

/** Longest path that is looked up: deeper ones are greedy labels' anyway. */
const MAX_DEPTH = 64;

/** A slash at the end says nothing, unless it is part of a greedy label. */
export function findPath<T>(root: PathTree<T>, question: Question): Found<T> | null {
  const segments = question.segments.slice(0, MAX_DEPTH);
  const ask = (): Walked<T> | null => walk(root, { ...question, segments }, 0, []);
  let found = ask();
  if (!found && segments.at(-1) === '') {
    segments.pop();
    found = ask();
  }
  if (!found) return null;
  const { template, values } = found;
  const labels = new Map(template.labels.map((name, i) => [name, values[i] ?? '']));
  return { value: template.value, labels };
}
