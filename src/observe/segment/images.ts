/** Which executables and libraries of a workload speak TLS, and of which nothing can be seen. */
import type { TlsImage } from '../../model/snapshot.ts';
import type { WireOf } from '../../model/wire.ts';
import { compareText } from './dictionary.ts';
import type { Work } from './workloads.ts';

/** Those without a TLS library are no news. */
export function images(work: Work): TlsImage[] {
  const all = [...work.cgroups].flatMap(({ images }) => [...images.values()]);
  const told = new Map(all.filter(({ status }) => status !== 'none').map((one) => [keyOf(one), one]));
  return [...told]
    .sort(([a], [b]) => compareText(a, b))
    .slice(0, 1000)
    .map(([, one]) => ({
      workload: work.index,
      path: one.path,
      buildId: one.build_id ?? null,
      library: one.library,
      tier: one.tier ?? null,
      status: one.status,
      probes: one.probes,
      reason: one.error ?? (one.errno ? `errno ${one.errno}` : null),
    }));
}

function keyOf({ path, build_id, status }: WireOf<'image'>): string {
  return `${path}\0${build_id ?? ''}\0${status}`;
}
