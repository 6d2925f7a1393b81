/** Whether a condition of a binding, deny rule or boundary binding holds for a request: yes, no, or what it takes. */
import type { GcpCondition } from '../../model/gcp.ts';
import type { Ternary } from '../ternary.ts';
import { type Cel, evaluateCel, type Lookup, plain, unknown } from './cel.ts';
import { callFunction } from './cel-functions.ts';
import { type Expression, parseCel } from './cel-parse.ts';
import { serviceOf } from './permission.ts';
import type { Who } from './principal.ts';
import { resourceType } from './resource.ts';

export type Facts = {
  /** Null: none in particular. */
  permission: string | null;
  /** Spellings of its name, by id and by number of the project; empty: any resource. */
  names: readonly string[];
  who: Who;
  /** `request.time`, `resource.type` …, lower case. */
  context: Readonly<Record<string, readonly string[]>>;
};
export type Holds = {
  holds: Ternary;
  /** It could not be evaluated: that makes an allow binding not grant, and a deny rule deny. */
  failed?: true;
  words: readonly string[];
};

const MAX_WORDS = 500;
const HOLDS: Holds = { holds: 'yes', words: [] };

export function createConditions(): (condition: GcpCondition | null, facts: Facts) => Holds {
  const parsed = new Map<string, Expression | null>();
  return (condition, facts) => {
    if (condition === null) return HOLDS;
    const { expression } = condition;
    let tree = parsed.get(expression);
    if (tree === undefined) {
      tree = parseCel(expression);
      parsed.set(expression, tree);
    }
    if (tree === null) return { holds: 'unknown', words: [titled(condition, expression)] };
    return combined(condition, tree, facts);
  };
}

/** Services write ids or numbers of projects in `resource.name`: where that makes a difference, it is not known. */
function combined(condition: GcpCondition, tree: Expression, facts: Facts): Holds {
  const names = facts.names.length === 0 ? [null] : facts.names;
  const answers = names.map((name) => evaluateCel(tree, lookupOf(facts, name)));
  const [first] = answers;
  const agreed = answers.every((one) => one.type === first!.type && truth(one) === truth(first!));
  if (!agreed) return { holds: 'unknown', words: [titled(condition, condition.expression)] };
  const holds = truth(first!);
  const open =
    first!.type !== 'unknown' ? [] : first!.words.length > 0 ? first!.words : [condition.expression];
  const words = open.map((one) => titled(condition, one));
  return { holds, words, ...(first!.type === 'error' ? { failed: true as const } : {}) };
}

/** A condition that fails to evaluate does not grant. https://cloud.google.com/iam/docs/conditions-overview */
function truth(value: Cel): Ternary {
  if (value.type === 'unknown') return 'unknown';
  return value.type === 'value' && value.value === true ? 'yes' : 'no';
}

function titled({ title }: GcpCondition, words: string): string {
  const short = words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words;
  return title === '' ? short : `${short} (condition "${title.slice(0, 100)}")`;
}

function lookupOf(facts: Facts, name: string | null): Lookup {
  return (path) => {
    const key = path.toLowerCase();
    const given = Object.hasOwn(facts.context, key) ? facts.context[key]?.[0] : undefined;
    if (path === 'request.time') return given === undefined ? null : timeOf(given);
    if (given !== undefined) return plain(given);
    if (path === 'resource.name') return name === null ? null : plain(name);
    if (path === 'resource.service')
      return facts.permission === null ? null : plain(serviceOf(facts.permission));
    if (path === 'resource.type') return maybe(name === null ? null : resourceType(name));
    if (path === 'principal.type') return maybe(PRINCIPAL_TYPES[facts.who.type] ?? null);
    if (path === 'principal.subject') return maybe('email' in facts.who ? facts.who.email : null);
    return null;
  };
}

function maybe(value: string | null): Cel | null {
  return value === null ? null : plain(value);
}

function timeOf(given: string): Cel {
  const time = callFunction('timestamp', null, [plain(given)]);
  return time?.type === 'time' ? time : unknown(`request.time is ${given.slice(0, 50)}`);
}

/** https://cloud.google.com/iam/docs/principal-access-boundary-policies#conditions */
const PRINCIPAL_TYPES: Readonly<Record<Who['type'], string | null>> = {
  'service-account': 'iam.googleapis.com/ServiceAccount',
  user: 'iam.googleapis.com/WorkspaceIdentity',
  workload: 'iam.googleapis.com/WorkloadPoolIdentity',
  unknown: null,
};
