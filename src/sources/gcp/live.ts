/** Google Cloud, read without writing anything or testing any permission. What is refused is said, and survived. */
import { EXIT, UserError } from '../../errors.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import { convertProject } from './convert.ts';
import { readNode } from './live-node.ts';
import { readProject } from './live-project.ts';
import { readRoles } from './live-roles.ts';
import { ask, createReading, emit, type GcpObserver, gap, inParallel, type Reading } from './reading.ts';
import { openRest, type RestOptions } from './rest.ts';
import { nodeSchema, projectSchema } from './schema.ts';

export type GcpLiveOptions = RestOptions & {
  /** Ids or numbers; what is above them is read with them. */
  projects: readonly string[];
  observer?: GcpObserver;
  /** For the whole reading. */
  deadlineMs?: number;
};

const DEADLINE_MS = 15 * 60_000;
/** Ids of a domain's projects have it in front: `example.com:my-project`. */
const PROJECT = /^(?:[a-z0-9.-]{1,100}:)?[a-z0-9][a-z0-9-]{0,62}$/;
const MAX_LEVELS = 32;

/**
 * Throws UserError: wrong options (exit 2); no credentials, refused or expired ones, nothing reached, no project that
 * may be read (exit 4). One call that is denied or fails becomes coverage.
 */
export async function readGcp(options: GcpLiveOptions): Promise<GcpEstate> {
  refuseBad(options);
  const deadline = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS);
  const reading = createReading(await openRest(options, deadline), options.observer ?? null);
  const projects = await readProjects(reading, options.projects);
  const nodes = await readParents(reading, projects);
  await inParallel(nodes, (node) => readNode(reading, node));
  await inParallel(projects, ({ name }) => readProject(reading, name));
  await readRoles(reading);
  const readAt = new Date().toISOString();
  const coverage = [...reading.gaps.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
  emit(reading, { resource: '', part: 'reading' }, { kind: 'ai-spm/gcp-reading', readAt, coverage });
  return reading.builder.finish(readAt);
}

function refuseBad({ projects }: GcpLiveOptions): void {
  if (projects.length === 0)
    throw new UserError('no project of Google Cloud to read', { hint: 'name one: its id, or its number' });
  const bad = projects.find((one) => !PROJECT.test(one));
  if (bad !== undefined)
    throw new UserError(`${JSON.stringify(bad)} is no id of a project`, { hint: 'as in my-project-123' });
}

type Project = { name: string; parent: string | null };

/** A project that may not be read is a gap, unless it is every one. */
async function readProjects(reading: Reading, ids: readonly string[]): Promise<Project[]> {
  const found = new Map<string, Project>();
  await inParallel(new Set(ids), async (id) => {
    const place = { resource: `projects/${id}`, part: 'project' as const };
    const answer = await ask(reading, {
      call: 'project',
      name: `projects/${id}`,
      schema: projectSchema,
      place,
    });
    if (answer === null) return;
    const { name, parent } = convertProject(answer);
    emit(reading, { resource: name, part: 'project' }, answer);
    found.set(name, { name, parent });
  });
  if (found.size > 0) return [...found.values()];
  const [first] = reading.gaps.values();
  throw new UserError(`no project could be read: ${first?.reason ?? 'no answer'}`, {
    hint: 'check --gcp-project and the account that asks; `audit --print-access gcp` prints the role that it needs',
    exitCode: EXIT.failed,
  });
}

/** Every project, folder and organization, each once. */
async function readParents(reading: Reading, projects: readonly Project[]): Promise<ReadonlySet<string>> {
  const nodes = new Set(projects.map(({ name }) => name));
  for (const project of projects) {
    let at = project.parent;
    for (let level = 0; at !== null && !nodes.has(at) && level < MAX_LEVELS; level++) {
      nodes.add(at);
      at = at.startsWith('folders/') ? await readFolder(reading, at) : null;
    }
  }
  return nodes;
}

async function readFolder(reading: Reading, name: string): Promise<string | null> {
  const place = { resource: name, part: 'folder' as const };
  const folder = await ask(reading, { call: 'folder', name, schema: nodeSchema, place });
  if (folder === null) return null;
  if (folder.parent === undefined)
    gap(reading, place, { status: 'failed', objects: 0, reason: 'its parent was not told' });
  emit(reading, place, folder);
  return folder.parent ?? null;
}
