/** Docker: `containers/<id>/config.v2.json` in its data root, written when the container is created. */
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { imageSchema, type Lookup, nameSchema, parseState, serviceLabelsSchema } from './naming.ts';
import { readStateFile } from './state-file.ts';

const MAX_BYTES = 1 << 20;
/** Where distributions and snaps keep it, unless the daemon's configuration says otherwise. */
const ROOTS = ['/var/lib/docker', '/var/snap/docker/common/var-lib-docker'];
const DAEMON = '/etc/docker/daemon.json';

const daemonSchema = z.object({ 'data-root': z.string().refine(isAbsolute).optional().catch(undefined) });
const containerSchema = z.object({
  Name: z
    .string()
    .transform((name) => name.replace(/^\//, ''))
    .pipe(nameSchema),
  Config: z.object({ Image: imageSchema, Labels: serviceLabelsSchema.nullish() }),
});

/** @param top below which the machine's files are: `/`. @param id 64 hex digits */
export function createDockerLookup(top: string): (id: string) => Lookup {
  const daemon = readStateFile(join(top, DAEMON), MAX_BYTES);
  const told = daemon.text === null ? undefined : parseState(daemonSchema, daemon.text)?.['data-root'];
  const roots = told === undefined ? ROOTS : [told];
  return (id) => {
    const problems: string[] = [];
    for (const root of roots) {
      const folder = join(top, root, 'containers');
      const { text, problem } = readStateFile(join(folder, id, 'config.v2.json'), MAX_BYTES);
      if (text !== null) return namedBy(text, folder);
      problems.push(problem.replace(id, 'ID'));
    }
    return { why: problems[0]! };
  };
}

function namedBy(text: string, folder: string): Lookup {
  const read = parseState(containerSchema, text);
  if (!read) return { why: `${folder}/ID/config.v2.json: not what Docker writes` };
  const { Image, Labels } = read.Config;
  return { found: { name: read.Name, labels: Labels ?? {}, image: Image ?? null } };
}
