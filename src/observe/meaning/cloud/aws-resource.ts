/** The ARN that a request names, as far as it tells: what it does not tell is `*`. */
import type { Params } from './params.ts';

export type Scope = { partition: string; region: string | null; account: string | null };

const VALUE = /^[\w+=,.@/:#$~*-]{1,256}$/;
const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[\w+=,.@/:#$~*-]{1,256}$/i;
const STANDARD = new Set(['Partition', 'Region', 'Account']);

/** Parts that are new with every use: one run of a state machine, one stream of a log group. */
const PER_USE: readonly [RegExp, string][] = [
  [/(:(?:express|execution):[^:]+:).*/, '$1*'],
  [/(:log-group:[^:]+:log-stream:).*/, '$1*'],
];

export function foldArn(arn: string): string {
  return PER_USE.reduce((text, [pattern, to]) => text.replace(pattern, to), arn);
}

/** Null: no ARN. */
export function asArn(value: string | undefined): string | null {
  return value !== undefined && ARN.test(value) ? foldArn(value) : null;
}

export function standard({ partition, region, account }: Scope, template: string): string {
  return template
    .replace(/\$\{Partition\}/, partition)
    .replace(/\$\{Region\}/, region ?? '*')
    .replace(/\$\{Account\}/, account ?? '*');
}

function variablesOf(rule: string): string[] {
  const names = [...rule.matchAll(/\$\{([\w-]+)\}/g)].map((match) => match[1]!);
  return names.filter((name) => !STANDARD.has(name));
}

function fill(rule: string, scope: Scope, params: Params): string | null {
  if (rule.startsWith('=')) return asArn(params.get(rule.slice(1).toLowerCase()));
  const names = variablesOf(rule);
  const values = names.map((name) => params.get(name.toLowerCase()));
  const whole = values.map(asArn).find((arn) => arn !== null);
  if (whole) return whole;
  if (values.some((value) => !value)) return null;
  const made = names.reduce(
    (text, name, i) => text.replace(`\${${name}}`, () => (VALUE.test(values[i]!) ? values[i]! : '*')),
    standard(scope, rule),
  );
  return rule.includes(':secretsmanager:') ? `${made}${SECRET_SUFFIX}` : made;
}

/** Secrets Manager ends every ARN with six characters of its own, which a name does not tell. */
const SECRET_SUFFIX = '-??????';

/** The rule that says most: with the most members of the request in it. */
export function resourceOf(rules: readonly string[], scope: Scope, params: Params): string | null {
  let best: { arn: string; weight: number } | null = null;
  for (const rule of rules) {
    const arn = fill(rule, scope, params);
    const weight = variablesOf(rule).length;
    if (arn !== null && (best === null || weight > best.weight)) best = { arn, weight };
  }
  return best && polished(foldArn(best.arn));
}

/** Members that take several forms of name. */
function polished(arn: string): string {
  return arn
    .replace(/(:ssm:[^:]*:[^:]*:parameter\/)\/+/, '$1')
    .replace(/(:kms:[^:]*:[^:]*:)key\/alias\//, '$1alias/')
    .replace(/(:function:)(?:\d{12}:function:)?([^:]+).*/, '$1$2')
    .replace(/(:secretsmanager:[^:]*:[^:]*:secret:.*)-[A-Za-z0-9]{6}$/, `$1${SECRET_SUFFIX}`);
}
