/** One statement of a JSON policy document. */
import type { AwsCondition, AwsPrincipalPattern, AwsStatement } from '../../model/aws.ts';
import { isObject, type JsonObject, own, type Problems, texts } from './policy-values.ts';

const ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const TYPES: readonly string[] = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/** Null where a statement cannot be kept: half a statement would allow or deny what the whole one does not. */
export function parseStatement(value: unknown, field: string, problems: Problems): AwsStatement | null {
  const before = problems.length;
  const tell = (what: string) => problems.push(`${field}: ${what}`);
  if (!isObject(value)) {
    tell('is no object');
    return null;
  }
  for (const key of Object.keys(value)) if (!ELEMENTS.has(key)) tell(`unknown element ${key.slice(0, 40)}`);
  const effect = own(value, 'Effect');
  const sid = own(value, 'Sid');
  const statement = { sid: typeof sid === 'string' ? sid : null, ...parts(value, tell), field };
  if (effect !== 'Allow' && effect !== 'Deny') tell('Effect is neither Allow nor Deny');
  else if (problems.length === before) return { effect, ...statement };
  return null;
}

type Tell = (what: string) => void;

function parts(value: JsonObject, tell: Tell): Omit<AwsStatement, 'sid' | 'effect' | 'field'> {
  const action = either(value, 'Action', tell);
  const resource = either(value, 'Resource', tell);
  const principal = either(value, 'Principal', tell);
  if (action.value === undefined) tell('no Action');
  return {
    actions: listOf(action.value, 'Action', tell) ?? [],
    notAction: action.negated,
    resources: listOf(resource.value, 'Resource', tell),
    notResource: resource.negated,
    principals: principal.value === undefined ? null : parsePrincipals(principal.value, tell),
    notPrincipal: principal.negated,
    conditions: parseConditions(own(value, 'Condition'), tell),
  };
}

/** An element or its `Not…`, never both. */
function either(value: JsonObject, name: string, tell: Tell): { value: unknown; negated: boolean } {
  const plain = own(value, name);
  const negated = own(value, `Not${name}`);
  if (plain !== undefined && negated !== undefined) tell(`both ${name} and Not${name}`);
  return plain === undefined
    ? { value: negated, negated: negated !== undefined }
    : { value: plain, negated: false };
}

function listOf(value: unknown, name: string, tell: Tell): readonly string[] | null {
  if (value === undefined) return null;
  const list = texts(value);
  if (list === null) tell(`${name} is no list of texts`);
  return list;
}

/** `"*"`, or `{"AWS": …, "Service": …}`. */
function parsePrincipals(value: unknown, tell: Tell): readonly AwsPrincipalPattern[] {
  if (value === '*') return [{ type: 'AWS', value: '*' }];
  if (isObject(value)) return Object.entries(value).flatMap(([type, list]) => patterns(type, list, tell));
  tell('Principal is neither * nor an object');
  return [];
}

function patterns(type: string, list: unknown, tell: Tell): readonly AwsPrincipalPattern[] {
  const values = texts(list);
  if (isType(type) && values !== null) return values.map((one) => ({ type, value: one }));
  tell(`Principal of the unknown type ${type.slice(0, 40)}`);
  return [];
}

function isType(type: string): type is AwsPrincipalPattern['type'] {
  return TYPES.includes(type);
}

function parseConditions(value: unknown, tell: Tell): readonly AwsCondition[] {
  if (value === undefined) return [];
  if (!isObject(value)) tell('Condition is no object');
  else return Object.entries(value).flatMap(([operator, keys]) => conditionsOf(operator, keys, tell));
  return [];
}

function conditionsOf(operator: string, keys: unknown, tell: Tell): AwsCondition[] {
  if (!isObject(keys)) {
    tell(`Condition ${operator.slice(0, 40)} is no object`);
    return [];
  }
  return Object.entries(keys).flatMap(([key, value]) => {
    const values = texts(value);
    if (values === null) tell(`Condition ${key.slice(0, 40)} is no list of texts`);
    return values === null ? [] : [{ operator, key, values }];
  });
}
