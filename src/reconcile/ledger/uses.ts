/**
 * Who used what of the clouds, of databases and of the API server: rows of the sensor are of a workload; rows of logs are
 * of a principal, and of a workload only where the session names its pod or nobody else holds the principal.
 */
import { principalKey } from '../../match/principal.ts';
import type { Told } from '../../model/ledger.ts';
import type { Observed, ObservedPosture } from '../../model/observed.ts';
import type { Usage, UsageRow } from '../../model/usage.ts';

export type Use = { workload: string; label: string; row: Observed };
export type Uses = {
  /** By workload id. */
  own(id: string): readonly Observed[];
  /** By everybody who is known, of one principal. */
  of(principal: string): readonly Use[];
  /** Rows of logs that one of several holders of the principal made. */
  shared(principal: string): readonly Observed[];
  /** Rows of logs alone: of the workload, and of one of those who hold its principals, told of whose own these are. */
  told(holder: Holder): readonly (readonly Told[])[];
};
export type Holder = {
  id: string;
  label: string;
  namespace: string | null;
  name: string;
  principals: readonly string[];
  /** Those of them that it has without becoming anybody. */
  own: readonly string[];
};

const KINDS = new Set(['cloud-action', 'kubernetes-action', 'identity-hop', 'data-access']);

export function collectUses(
  holders: readonly Holder[],
  observed: ObservedPosture | null,
  usage: Usage | null,
): Uses {
  const byId = new Map(holders.map((one) => [one.id, one]));
  const holdersOf = new Map<string, Holder[]>();
  for (const holder of holders)
    for (const principal of holder.principals) push(holdersOf, principalKey(principal), holder);
  const own = new Map<string, Observed[]>();
  const shared = new Map<string, Observed[]>();
  const logged = new Map<string, Told[]>();
  for (const { id, observations } of observed?.workloads ?? [])
    for (const row of observations) if (KINDS.has(row.kind)) push(own, id, row);
  for (const row of usage?.rows ?? []) {
    const key = principalKey(row.principal);
    const holder = holderOf(row, holdersOf.get(key) ?? []);
    const seen = asObserved(row);
    push(holder ? own : shared, holder ? holder.id : key, seen);
    if (holder) push(logged, holder.id, { row: seen, oneOf: [] });
  }
  const owned = new Set(holders.flatMap((one) => one.own.map(principalKey)));
  const perhaps = toldOfShared(shared, holdersOf);
  const byPrincipal = new Map<string, Use[]>();
  for (const [id, rows] of own)
    for (const row of rows)
      if (row.principal !== null)
        push(byPrincipal, principalKey(row.principal), {
          workload: id,
          label: byId.get(id)?.label ?? id,
          row,
        });
  return {
    own: (id) => own.get(id) ?? [],
    of: (principal) => byPrincipal.get(principalKey(principal)) ?? [],
    shared: (principal) => shared.get(principalKey(principal)) ?? [],
    told: ({ id, principals, own: direct }) => {
      const mine = new Set(direct.map(principalKey));
      const keys = [...new Set(principals.map(principalKey))];
      const meant = keys.filter((key) => mine.has(key) || !owned.has(key));
      return [logged.get(id) ?? [], ...meant.map(perhaps)].filter((one) => one.length > 0);
    },
  };
}

/** One list a principal, however many hold it. */
function toldOfShared(
  shared: ReadonlyMap<string, readonly Observed[]>,
  holdersOf: ReadonlyMap<string, readonly Holder[]>,
): (key: string) => readonly Told[] {
  const made = new Map<string, readonly Told[]>();
  return (key) => {
    const known = made.get(key);
    if (known) return known;
    const oneOf = (holdersOf.get(key) ?? []).map(({ label }) => label);
    const list = (shared.get(key) ?? []).map((row) => ({ row, oneOf }));
    made.set(key, list);
    return list;
  };
}

function holderOf({ pod }: UsageRow, holders: readonly Holder[]): Holder | null {
  if (holders.length === 1) return holders[0]!;
  if (pod === null) return null;
  const named = holders.filter(({ namespace, name }) => pod.startsWith(`${namespace}/${name}-`));
  return named.length === 1 ? named[0]! : null;
}

function asObserved(row: UsageRow): Observed {
  const { kind, subject, context, principal, count, errors, denied, first, last, source } = row;
  return {
    ...{ kind, subject, context, principal, count, first, last, denied },
    errors: errors + denied,
    container: null,
    processes: [],
    sources: [source],
    bytes: 0,
    records: 0,
    sessions: 0,
  };
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
