/**
 * JSON policy documents as plain statements (IAM User Guide, "Grammar of the IAM JSON policy language"). The SDK gives
 * them as strings in RFC 3986 encoding, dumps of the AWS CLI as decoded JSON: both are read. Never throws; what is not
 * understood is told in `problem`, and what was understood beside it stays.
 */
import type { AwsPolicy, AwsStatement } from '../../model/aws.ts';
import { parseStatement } from './policy-statement.ts';
import { isObject, type JsonObject, type Problems } from './policy-values.ts';

/** Far above what any service accepts (20 KiB for a bucket), and still read in a moment. */
const MAX_TEXT = 16 * 1024 * 1024;
const ELEMENTS = new Set(['Version', 'Id', 'Statement']);

/** `id`: ARN of a managed policy, `inline <name>`, `trust`, `resource`; `name`: as a reader knows it. */
export function parsePolicy(document: unknown, id: string, name: string): AwsPolicy {
  const problems: Problems = [];
  const value = typeof document === 'string' ? parseText(document) : document;
  const known = isObject(value);
  if (!known) problems.push(typeof document === 'string' ? 'is no JSON object' : 'is no policy document');
  const statements = known ? parseStatements(value, problems) : [];
  const version = known ? parseVersion(value.Version, problems) : '2012-10-17';
  return { id, name, version, statements, problem: problems.length === 0 ? null : describe(problems) };
}

function parseText(text: string): unknown {
  if (text.length > MAX_TEXT) return null;
  try {
    return JSON.parse(/^\s*\{/.test(text) ? text : decodeURIComponent(text));
  } catch {
    return null;
  }
}

/** Without a version a policy is of the first one. */
function parseVersion(value: unknown, problems: Problems): AwsPolicy['version'] {
  if (value === undefined) return '2008-10-17';
  if (value === '2012-10-17' || value === '2008-10-17') return value;
  problems.push('unknown Version');
  return '2012-10-17';
}

function parseStatements(policy: JsonObject, problems: Problems): AwsStatement[] {
  for (const key of Object.keys(policy))
    if (!ELEMENTS.has(key)) problems.push(`unknown element ${key.slice(0, 40)}`);
  const { Statement: value } = policy;
  if (value === undefined) problems.push('no Statement');
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.flatMap((one, index) => parseStatement(one, `Statement[${index}]`, problems) ?? []);
}

/** A policy of ten thousand broken statements is one problem to a reader. */
function describe(problems: Problems): string {
  const shown = problems.slice(0, 3).join('; ');
  return problems.length > 3 ? `${shown}; and ${problems.length - 3} more` : shown;
}
