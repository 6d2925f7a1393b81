/** What runtimes say of a container, as far as it names a workload. Names and labels are chosen by whoever starts it. */
import { z } from 'zod';

/** `image` as it was asked for. */
export type Naming = { name: string; labels: ServiceLabels; image: string | null };

/** @returns `why`: one line, without the id, since it is the same for many containers. */
export type Lookup = { found: Naming } | { why: string };

/** Docker's rule for names of containers; Compose's and Swarm's are narrower. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;

export const nameSchema = z.string().regex(NAME);

/** Of all labels these are taken: what a container is one replica of. */
export const serviceLabelsSchema = z.object({
  'com.docker.compose.project': nameSchema.optional().catch(undefined),
  'com.docker.compose.service': nameSchema.optional().catch(undefined),
  'com.docker.swarm.service.name': nameSchema.optional().catch(undefined),
});
export type ServiceLabels = z.infer<typeof serviceLabelsSchema>;

export const imageSchema = z.string().min(1).max(1024).nullish().catch(null);

/** The service that it is a replica of, else the container by its name: both outlive its id. `container` is the same in all replicas. */
export function workloadName(
  runtime: string,
  { name, labels }: Naming,
): { path: string; name: string; container: string } {
  const project = labels['com.docker.compose.project'];
  const service = labels['com.docker.compose.service'];
  const swarm = labels['com.docker.swarm.service.name'];
  if (project && service)
    return { path: `compose/${project}/${service}`, name: `${project}/${service}`, container: service };
  if (swarm) return { path: `swarm/${swarm}`, name: swarm, container: swarm };
  return { path: `container/${runtime}/${name}`, name, container: name };
}

/** Null: not of this shape. The text may hold secrets (`Env`): nothing but what the schema names leaves here. */
export function parseState<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
