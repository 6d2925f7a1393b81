/** Principals as observed ones are written (`aws:arn:…`), and as their cloud writes them. */
import type { Cloud } from '../model/configured.ts';

const PREFIX = { aws: 'aws:', gcp: 'gcp:', azure: 'azure:' } as const satisfies Record<Cloud, string>;
const CLOUDS = Object.keys(PREFIX) as Cloud[];

/** Null: not of a cloud. */
export function cloudOfPrincipal(id: string): Cloud | null {
  return CLOUDS.find((cloud) => id.startsWith(PREFIX[cloud])) ?? null;
}

export function principalId(cloud: Cloud, native: string): string {
  return native.startsWith(PREFIX[cloud])
    ? native
    : `${PREFIX[cloud]}${native.replace(/^serviceAccount:/, '')}`;
}

/** Which cloud's permissions an action is of, by how it is spelled; null: none that is known. */
export function cloudOfAction(action: string): Cloud | null {
  if (/^[A-Za-z]+\.[A-Za-z.]+\//.test(action)) return 'azure';
  if (/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) return 'aws';
  return /^[a-z0-9]+(\.[A-Za-z0-9]+)+$/.test(action) ? 'gcp' : null;
}
