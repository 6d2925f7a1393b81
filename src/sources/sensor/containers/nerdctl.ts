/** nerdctl: its labels stand as annotations in the bundle that containerd makes of a container that runs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Lookup, nameSchema, parseState } from './naming.ts';
import { readStateFile } from './state-file.ts';

const MAX_BYTES = 4 << 20;
const MAX_NAMESPACES = 64;
const BUNDLES = '/run/containerd/io.containerd.runtime.v2.task';

const bundleSchema = z.object({ annotations: z.object({ 'nerdctl/name': nameSchema }) });

/** @param top below which the machine's files are: `/`. @param id 64 hex digits */
export function createNerdctlLookup(top: string): (id: string) => Lookup {
  const folder = join(top, BUNDLES);
  return (id) => {
    const problems: string[] = [];
    for (const namespace of namespaces(folder)) {
      const { text, problem } = readStateFile(join(folder, namespace, id, 'config.json'), MAX_BYTES);
      if (text === null) {
        problems.push(problem.replace(id, 'ID'));
        continue;
      }
      const name = parseState(bundleSchema, text)?.annotations['nerdctl/name'];
      if (name === undefined) return { why: `${folder}: nerdctl did not start it` };
      return { found: { name, labels: {}, image: null } };
    }
    return { why: problems[0] ?? `${folder}: cannot be read, or has no containers` };
  };
}

function namespaces(folder: string): string[] {
  try {
    return readdirSync(folder).sort().slice(0, MAX_NAMESPACES);
  } catch {
    return [];
  }
}
