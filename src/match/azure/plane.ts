/** Of which plane an operation is: role definitions grant the two apart. */
import { AZURE_KEYS, AZURE_PROVIDERS } from '../../catalog/azure-planes.ts';
import { compileGlob, type Glob, globMatches } from '../aws/glob.ts';

export type Plane = 'management' | 'data' | 'unknown';

const DATA: ReadonlyMap<string, { data: readonly Glob[]; whole: boolean }> = new Map(
  [...AZURE_PROVIDERS].map(([name, { data, whole }]) => [name, { data: data.map(compileGlob), whole }]),
);

/** Patterns of every operation that is known to be of data, lower case. */
export const DATA_OPERATIONS: readonly string[] = [...AZURE_PROVIDERS.values()].flatMap(({ data }) => data);

/** @param action as `Microsoft.Storage/storageAccounts/read`, in any case. */
export function planeOf(action: string): Plane {
  const name = action.toLowerCase();
  const provider = DATA.get(name.slice(0, name.indexOf('/')));
  if (!provider || AZURE_KEYS.test(name)) return 'management';
  if (provider.data.some((glob) => globMatches(glob, name))) return 'data';
  const own = name.split('/').length <= 3;
  return provider.whole || own ? 'management' : 'unknown';
}
