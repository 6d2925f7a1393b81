/** Which mode of mutual TLS a workload asks of who calls it (Istio, PeerAuthentication). */
import type { Labels } from '../../model/kubernetes.ts';
import type { MtlsMode, PeerAuthentication } from '../../model/mesh.ts';

export type EffectiveMode = {
  mode: Exclude<MtlsMode, 'UNSET'>;
  /** What says so; null: Istio's default. */
  policy: PeerAuthentication | null;
};
export type MtlsIndex = {
  /** `port`: of the workload; null: whatever port has no mode of its own. */
  modeOf(namespace: string, labels: Labels, port: number | null): EffectiveMode;
  /** Ports of the workload that differ. */
  byPort(namespace: string, labels: Labels): Readonly<Record<string, MtlsMode>>;
};

/** The workload's own before the namespace's before the mesh's; of several the oldest. UNSET hands on. */
export function indexMtls(policies: readonly PeerAuthentication[], root: string): MtlsIndex {
  const sorted = [...policies].sort((a, b) => ((a.created ?? '') < (b.created ?? '') ? -1 : 1));
  const namespaces = Map.groupBy(sorted, ({ ref }) => ref.namespace ?? 'default');
  const wide = (namespace: string) => (namespaces.get(namespace) ?? []).find((one) => isWide(one)) ?? null;
  const mesh = wide(root);
  const own = (namespace: string, labels: Labels) =>
    namespace === root
      ? null
      : ((namespaces.get(namespace) ?? []).find((one) => selects(one, labels)) ?? null);
  return {
    modeOf(namespace, labels, port) {
      const workload = own(namespace, labels);
      const atPort = port === null ? undefined : workload?.ports[String(port)];
      if (workload && atPort && atPort !== 'UNSET') return { mode: atPort, policy: workload };
      const ranked = [workload, wide(namespace), mesh];
      const decisive = ranked.find((one) => one && one.mode !== 'UNSET') ?? null;
      const mode = decisive?.mode ?? 'PERMISSIVE';
      return { mode: mode === 'UNSET' ? 'PERMISSIVE' : mode, policy: decisive };
    },
    byPort: (namespace, labels) => own(namespace, labels)?.ports ?? {},
  };
}

function isWide({ selector }: PeerAuthentication): boolean {
  return selector === null || Object.keys(selector).length === 0;
}

function selects({ selector }: PeerAuthentication, labels: Labels): boolean {
  if (selector === null || Object.keys(selector).length === 0) return false;
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
