/** `when` of an AuthorizationPolicy (istio.io/latest/docs/reference/config/security/conditions). */
import type { MeshOperation, MeshSource } from '../../model/mesh.ts';
import { phrase, phrases } from './words.ts';

type Condition = { key: string; values: readonly string[]; notValues: readonly string[] };

const SOURCE: MeshSource = {
  principals: [],
  notPrincipals: [],
  namespaces: [],
  notNamespaces: [],
  serviceAccounts: [],
  notServiceAccounts: [],
  ipBlocks: [],
  notIpBlocks: [],
  requires: [],
};
const OPERATION: MeshOperation = { ports: [], notPorts: [], requires: [] };

const OF_SOURCE: Readonly<Record<string, readonly [keyof MeshSource, keyof MeshSource]>> = {
  'source.principal': ['principals', 'notPrincipals'],
  'source.namespace': ['namespaces', 'notNamespaces'],
  'source.serviceAccount': ['serviceAccounts', 'notServiceAccounts'],
  'source.ip': ['ipBlocks', 'notIpBlocks'],
};

export function convertCondition({ key, values, notValues }: Condition): {
  source: MeshSource;
  operation: MeshOperation;
} {
  if (key === 'destination.port')
    return { source: SOURCE, operation: { ...OPERATION, ports: values, notPorts: notValues } };
  const fields = Object.hasOwn(OF_SOURCE, key) ? OF_SOURCE[key] : undefined;
  if (fields)
    return { source: { ...SOURCE, [fields[0]]: values, [fields[1]]: notValues }, operation: OPERATION };
  return { source: SOURCE, operation: { ...OPERATION, requires: [inWords({ key, values, notValues })] } };
}

/** Values of headers and claims may be secrets: only their names are told. */
function inWords({ key, values, notValues }: Condition): string {
  const kept = /^(request\.headers|request\.auth\.claims)\[/.test(key);
  if (kept) return `${phrase(key)} has a value that is asked for`;
  const parts = [
    ...(values.length > 0 ? [`is ${phrases(values)}`] : []),
    ...(notValues.length > 0 ? [`is not ${phrases(notValues)}`] : []),
  ];
  return `${phrase(key)} ${parts.join(' and ')}`;
}
