/** The single actions behind a grant: `s3:Get*` are 62 of them, each with what it lets its holder do. */
import catalog from '../catalog/aws-permissions.json' with { type: 'json' };
import { compileGlob, type Glob, globMatches } from './aws/glob.ts';
import type { CloudPattern } from './cloud-action.ts';

/** Access levels of AWS's Service Authorization Reference; of other clouds they are told by the verb. */
export type AccessLevel = 'Permissions management' | 'Write' | 'Tagging' | 'Read' | 'List';
export type CloudPermission = { service: string; action: string; level: AccessLevel };

/** Most severe first. */
export const ACCESS_LEVELS: readonly AccessLevel[] = [
  'Permissions management',
  'Write',
  'Tagging',
  'Read',
  'List',
];

type Service = { action: string; lower: string; level: AccessLevel }[];
const SERVICES = new Map<string, Record<string, string>>(Object.entries(catalog.services));
/** Read when first asked for: a role names few of 456. */
const loaded = new Map<string, Service>();

function serviceNamed(name: string): Service {
  const known = loaded.get(name);
  if (known) return known;
  const made = Object.entries(SERVICES.get(name) ?? {}).flatMap(([level, names]) =>
    names.split(' ').map((action) => ({ action, lower: action.toLowerCase(), level: level as AccessLevel })),
  );
  loaded.set(name, made);
  return made;
}

/** In the order of the catalog; actions that it does not know are kept as they are written, without wildcard. */
export function expandCloudPattern(pattern: CloudPattern): CloudPermission[] {
  const { cloud, actions, notActions } = pattern;
  if (cloud !== 'aws')
    return actions.map((action) => ({ service: serviceOf(action), action, level: levelOf(action) }));
  if (notActions) return everythingBut(actions);
  const found = new Map<string, CloudPermission>();
  for (const action of actions)
    for (const one of expandAws(action)) found.set(`${one.service}:${one.action}`.toLowerCase(), one);
  return [...found.values()];
}

function expandAws(pattern: string): CloudPermission[] {
  const [prefix, name] =
    pattern === '*' ? ['*', '*'] : (pattern.toLowerCase().split(':', 2) as [string, string]);
  const services = /[*?]/.test(prefix) ? [...SERVICES.keys()].filter(matching(prefix)) : [prefix];
  const wanted = compileGlob(name ?? '*');
  const found = services.flatMap((service) => actionsOf(service, wanted));
  if (found.length > 0 || /[*?]/.test(pattern)) return found;
  return [{ service: prefix, action: pattern.split(':')[1] ?? pattern, level: levelOf(pattern) }];
}

function matching(pattern: string): (name: string) => boolean {
  const glob = compileGlob(pattern);
  return (name) => globMatches(glob, name);
}

function actionsOf(service: string, wanted: Glob): CloudPermission[] {
  return serviceNamed(service)
    .filter(({ lower }) => globMatches(wanted, lower))
    .map(({ action, level }) => ({ service, action, level }));
}

function everythingBut(actions: readonly string[]): CloudPermission[] {
  const left = new Set(
    actions.flatMap(expandAws).map(({ service, action }) => `${service}:${action}`.toLowerCase()),
  );
  return expandAws('*').filter(({ service, action }) => !left.has(`${service}:${action}`.toLowerCase()));
}

/** `storage.objects.get` is of storage, `Microsoft.Storage/…` of Microsoft.Storage. */
function serviceOf(action: string): string {
  return action.includes('/') ? action.split('/')[0]! : action.split('.')[0]!;
}

const LEVELS: readonly [RegExp, AccessLevel][] = [
  [
    /setIamPolicy|roleAssignments\/(write|delete)|actAs|getAccessToken|signBlob|signJwt|implicitDelegation/i,
    'Permissions management',
  ],
  [/(^|[./:])list[A-Za-z]*$/i, 'List'],
  [/(^|[./:])(get|read|access|search|query|describe|export|download|use)[A-Za-z]*$/i, 'Read'],
];

function levelOf(action: string): AccessLevel {
  return LEVELS.find(([pattern]) => pattern.test(action))?.[1] ?? 'Write';
}
