/**
 * What an export covers. A collection was read where an object of its kind is there, a typed list of it (also an
 * empty one), or a list in a file of its name. Anything else is `absent`: not known, never "none exist".
 */
import type { SourceCoverage } from '../../model/kubernetes.ts';
import { apiVersionOf, type Collection, inServedVersion } from '../kubernetes/collection.ts';
import { COLLECTIONS } from '../kubernetes/collections.ts';
import type { EstateBuilder } from '../kubernetes/estate-builder.ts';
import { noSetting, SETTINGS, settingsBeside } from '../kubernetes/settings.ts';

export type Asked = { lists: ReadonlySet<string>; served: ReadonlySet<string> | null };

/**
 * Kinds of workloads that are absent have no row, since no statement about another workload rests on them; there is
 * at least one kind, else there would be nothing to audit. `namespaces`: those that the export is known to
 * cover; null: all.
 */
export function exportCoverage(
  builder: EstateBuilder,
  asked: Asked,
  namespaces: readonly string[] | null,
): SourceCoverage[] {
  const rows = COLLECTIONS.map((collection) => {
    const objects = builder.count(collection.name);
    return {
      source: `export:${collection.name}`,
      resource: collection.resource,
      namespaces: collection.namespaced ? namespaces : null,
      objects,
      ...statusOf(collection, objects, builder.damage(collection.name), asked),
    };
  });
  const known = rows.filter(({ resource, status }) => resource !== 'workloads' || status !== 'absent');
  return [...known, ...settingsCoverage(builder, rows)];
}

/** Also where nothing else says that the cluster runs what is set there. */
function settingsCoverage(builder: EstateBuilder, rows: readonly SourceCoverage[]): SourceCoverage[] {
  const beside = new Set(settingsBeside(rows));
  return SETTINGS.flatMap((setting): SourceCoverage[] => {
    const { name, resource } = setting;
    const objects = builder.count(name);
    const damage = builder.damage(name);
    const base = { source: `export:${name}`, resource, namespaces: null, objects };
    if (damage !== null) return [{ ...base, status: 'failed', reason: damage }];
    if (objects > 0) return [{ ...base, status: 'read', reason: null }];
    return beside.has(setting) ? [{ ...base, ...noSetting(setting, 'the export') }] : [];
  });
}

function statusOf(
  collection: Collection,
  objects: number,
  damage: string | null,
  asked: Asked,
): Pick<SourceCoverage, 'status' | 'reason'> {
  const { name, kind, group } = collection;
  if (damage !== null) return { status: 'failed', reason: damage };
  if (objects > 0 || asked.lists.has(name)) return { status: 'read', reason: null };
  if (!inServedVersion(collection, asked.served))
    return { status: 'not-served', reason: `the cluster does not serve ${apiVersionOf(collection)}` };
  return {
    status: 'absent',
    reason: `the export has no ${kind === '*' ? `object of ${group}` : kind}: if there is none, save the empty answer as ${name}.yaml${optional(group)}`,
  };
}

/** kubectl gives no answer at all for kinds that a cluster does not serve. */
function optional(group: string): string {
  return group.includes('.') &&
    !/^(rbac\.authorization|networking|discovery|admissionregistration)\.k8s\.io$/.test(group)
    ? '; if the cluster does not serve it, save `kubectl get --raw /apis` as apis.json'
    : '';
}
