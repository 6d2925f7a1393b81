/**
 * DynamoDB operations that stand for several actions or tables: batches, transactions, PartiQL.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html, …/transaction-apis-iam.html
 */
import { jsonValue } from '../../wire/json.ts';
import { field, object, objects, text } from '../json-fields.ts';
import { asArn, type Scope, standard } from './aws-resource.ts';
import type { AwsUse } from './aws-uses.ts';

const TABLE = /^[A-Za-z0-9_.-]{3,255}$/;
const MAX_USES = 25;

function tableArn(table: string | null, scope: Scope): string | null {
  if (table === null) return null;
  const template = `arn:\${Partition}:dynamodb:\${Region}:\${Account}:table/${table}`;
  return asArn(table) ?? (TABLE.test(table) ? standard(scope, template) : null);
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ['select', 'PartiQLSelect'],
  ['insert', 'PartiQLInsert'],
  ['update', 'PartiQLUpdate'],
  ['delete', 'PartiQLDelete'],
]);
const STATEMENT = /^\s{0,32}(\w{6})\b(?:[^"]{0,4096}?\b(?:from|into|update)|)\s+"?([\w.-]{3,255})"?/i;

/** `SELECT … FROM "Music"`; nothing of the statement stays but its verb and its table. */
function statement(value: unknown, scope: Scope): AwsUse[] {
  const [, verb = '', table = null] = STATEMENT.exec(text(value) ?? '') ?? [];
  const action = VERBS.get(verb.toLowerCase());
  return action ? [{ action: `dynamodb:${action}`, resource: tableArn(table, scope) }] : [];
}

const WRITES: readonly (readonly [string, string])[] = [
  ['Put', 'PutItem'],
  ['Update', 'UpdateItem'],
  ['Delete', 'DeleteItem'],
  ['ConditionCheck', 'ConditionCheckItem'],
  ['Get', 'GetItem'],
];

function transacted(item: unknown, scope: Scope): AwsUse[] {
  return WRITES.flatMap(([member, action]) => {
    const part = object(field(item, member));
    const table = text(field(part, 'TableName'));
    return part ? [{ action: `dynamodb:${action}`, resource: tableArn(table, scope) }] : [];
  });
}

function batched(name: string, body: unknown, scope: Scope): AwsUse[] {
  const tables = Object.keys(object(field(body, 'RequestItems')) ?? {});
  return tables.map((table) => ({ action: `dynamodb:${name}`, resource: tableArn(table, scope) }));
}

/** Each action on each table once; empty: not one of these operations, or the body does not tell. */
export function dynamodbUses(name: string | null, bytes: Uint8Array, scope: Scope): AwsUse[] {
  const body = jsonValue(bytes);
  const uses = new Map<string, AwsUse>();
  const add = (more: readonly AwsUse[]): void => {
    for (const use of more) if (uses.size < MAX_USES) uses.set(`${use.action} ${use.resource}`, use);
  };
  if (name === 'ExecuteStatement') add(statement(field(body, 'Statement'), scope));
  if (name === 'BatchExecuteStatement' || name === 'ExecuteTransaction')
    for (const key of ['Statements', 'TransactStatements'])
      for (const one of objects(field(body, key))) add(statement(field(one, 'Statement'), scope));
  if (name === 'TransactGetItems' || name === 'TransactWriteItems')
    for (const item of objects(field(body, 'TransactItems'))) add(transacted(item, scope));
  if (name === 'BatchGetItem' || name === 'BatchWriteItem') add(batched(name, body, scope));
  return [...uses.values()];
}
