/** The estate of fixtures/questions/aks, as its files tell it, with some of them left out or replaced. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AzureEstate } from '../../../src/model/azure.ts';
import { createAzureBuilder } from '../../../src/sources/azure/builder.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/questions/aks/azure/', import.meta.url));

/** By path: null leaves a file out, anything else is put in its place or added. */
export function estateOf(changes: Readonly<Record<string, unknown>> = {}): AzureEstate {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
    (one) => statSync(join(FOLDER, one)).isFile() && !Object.hasOwn(changes, one),
  );
  const builder = createAzureBuilder();
  const put = (path: string, document: unknown) => {
    if (!builder.add(document, `azure/${path}`)) throw new Error(`${path} is not of Azure`);
  };
  for (const path of files) put(path, JSON.parse(readFileSync(join(FOLDER, path), 'utf8')));
  for (const [path, document] of Object.entries(changes)) if (document !== null) put(path, document);
  return builder.finish('2026-03-15T00:00:00Z');
}

export const SUBSCRIPTION = '/subscriptions/0f6c0000-aaaa-4000-8000-000000000000';
export const GROUP = `${SUBSCRIPTION}/resourceGroups/research`;

/** `4d0e5a6b-1111-…-1`, as the fixtures number their identities. */
export function app(number: number): string {
  return `azure:app:4d0e5a6b-${String(number).repeat(4)}-4c00-9d00-00000000000${number}`;
}
