/**
 * Podman as root: the list of containers in its storage, and of those that are removed when they end. Labels are only
 * in its database. A user's own storage is not read: it is the user's.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { imageSchema, type Lookup, type Naming, nameSchema, parseState } from './naming.ts';
import { readStateFile } from './state-file.ts';

const MAX_BYTES = 16 << 20;
const STORAGE = '/var/lib/containers/storage';
const LISTS = ['overlay', 'vfs', 'btrfs'].flatMap((driver) =>
  ['containers.json', 'volatile-containers.json'].map((list) => `${driver}-containers/${list}`),
);

const listSchema = z
  .array(
    z
      .object({ id: z.string(), names: z.array(z.string()).min(1), metadata: z.string().optional() })
      .nullable()
      .catch(null),
  )
  .max(100_000);
const metadataSchema = z.object({ 'image-name': imageSchema });

type List = { version: string; containers: ReadonlyMap<string, Naming>; problem: string | null };

/** @param top below which the machine's files are: `/`. @param id 64 hex digits */
export function createPodmanLookup(top: string): (id: string) => Lookup {
  const lists = new Map<string, List>();
  return (id) => {
    const problems: string[] = [];
    for (const name of LISTS) {
      const path = join(top, STORAGE, name);
      const list = current(path, lists.get(name));
      lists.set(name, list);
      const found = list.containers.get(id);
      if (found) return { found };
      if (list.problem !== null) problems.push(list.problem);
    }
    return { why: problems[0] ?? `${join(top, STORAGE)} does not list it (of a user: not read)` };
  };
}

/** Read again when it was written again. */
function current(path: string, known: List | undefined): List {
  const version = versionOf(path);
  if (known?.version === version) return known;
  const { text, problem } = readStateFile(path, MAX_BYTES);
  if (text !== null) return readList(path, version, text);
  return { version, containers: new Map(), problem: problem.endsWith(': ENOENT') ? null : problem };
}

function versionOf(path: string): string {
  try {
    const { ino, mtimeNs, size } = statSync(path, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  } catch {
    return '';
  }
}

function readList(path: string, version: string, text: string): List {
  const rows = parseState(listSchema, text);
  const problem = rows ? null : `${path}: not what Podman writes`;
  const containers = new Map<string, Naming>();
  for (const row of rows ?? []) {
    const name = nameSchema.safeParse(row?.names[0]).data;
    if (!row || name === undefined) continue;
    const image = parseState(metadataSchema, row.metadata ?? '')?.['image-name'] ?? null;
    containers.set(row.id, { name, labels: {}, image });
  }
  return { version, containers, problem };
}
