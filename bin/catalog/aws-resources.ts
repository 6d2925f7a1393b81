/** Which members of a request name the resource of its action: by the variables of the resource's ARN. */
import type { Action, Input, ResourceType } from './aws-model.ts';

const MAX_RULES = 3;

/** Without case and signs. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function bare(variable: string): string {
  return variable.replace(/WithPath$/, '').replace(/(?:Name|Id|Identifier|Arn)$/, '');
}

function find(inputs: readonly Input[], names: readonly string[]): Input | null {
  for (const name of names) {
    const wanted = plain(name);
    const found = inputs.find((input) => plain(input.name) === wanted || plain(input.wire) === wanted);
    if (found) return found;
  }
  return null;
}

/** `DescribeCluster` of a cluster: what it calls `name` is the cluster's. */
function isAbout(action: string, type: string): boolean {
  const noun = plain(action.replace(/^[A-Z][a-z]+/, ''));
  return noun === plain(type);
}

function namesFor(variable: string, type: string, action: string): string[] {
  const own = variable.replace(/WithPath$/, '');
  const stem = bare(variable);
  return [own, `${stem}Name`, `${stem}Id`, `${stem}Identifier`, stem].concat(
    plain(stem) === plain(type) || stem === 'Resource'
      ? [`${type}Name`, `${type}Id`, `${type}Identifier`]
      : [],
    isAbout(action, type) ? ['Name', 'Id', 'Identifier'] : [],
  );
}

function arnNames(variable: string, type: string): string[] {
  return [`${bare(variable)}Arn`, `${type}Arn`, `${bare(variable)}Arns`, 'ResourceArn', 'Arn'];
}

const STANDARD = new Set(['Partition', 'Region', 'Account']);

/** `arn:…${TableName}` over wire names, or `=Member` whose value is an ARN. Null: the request does not tell. */
function rule({ arn, key }: ResourceType, inputs: readonly Input[], action: string): string | null {
  const variables = [...arn.matchAll(/\$\{([\w-]+)\}/g)].map((match) => match[1]!);
  const own = variables.filter((variable) => !STANDARD.has(variable));
  if (own.length === 0) return null;
  let template = arn;
  const free = new Set(inputs);
  for (const variable of own) {
    const input = find([...free], namesFor(variable, key, action));
    if (input) free.delete(input);
    else {
      const whole = find(inputs, arnNames(own.at(-1)!, key));
      return whole && `=${whole.wire}`;
    }
    template = template.replace(`\${${variable}}`, `\${${input.wire}}`);
  }
  return template;
}

type Rule = { text: string; members: string; required: boolean };

/** Of several kinds of resource that the same members could name, only a required one is it: the rest is a guess. */
function unambiguous(rules: readonly Rule[]): Rule[] {
  return rules.filter((one) => {
    const rivals = rules.filter(({ members, text }) => members === one.members && text !== one.text);
    return rivals.length === 0 || (one.required && !rivals.some(({ required }) => required));
  });
}

function membersOf(rule: string): string {
  if (rule.startsWith('=')) return rule.slice(1);
  const names = [...rule.matchAll(/\$\{([\w-]+)\}/g)].map((match) => match[1]!);
  return names
    .filter((name) => !STANDARD.has(name))
    .sort()
    .join();
}

/** Required resources first; of the optional ones those that the request names as well. */
export function resourceRules(
  action: Action,
  types: ReadonlyMap<string, ResourceType>,
  inputs: readonly Input[],
): string[] {
  const wanted = [...action.resourceTypes].sort((a, b) => Number(b.required) - Number(a.required));
  const rules = wanted.flatMap(({ name, required }) => {
    const type = types.get(name.toLowerCase());
    const text = type ? rule(type, inputs, action.name) : null;
    return text === null ? [] : [{ text, members: membersOf(text), required }];
  });
  return [...new Set(unambiguous(rules).map(({ text }) => text))].slice(0, MAX_RULES);
}
