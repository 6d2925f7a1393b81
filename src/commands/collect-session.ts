/** All that has to be open before the first record is read: key, pod metadata, sensor, scope, fold. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { WireRecord } from '../model/wire.ts';
import { createFold, type Fold } from '../observe/fold.ts';
import { isAttached, refusedPrograms } from '../render/collect-check.ts';
import { cgroupMount } from '../sources/sensor/cgroup-tree.ts';
import { type ContainerDirectory, openContainerDirectory } from '../sources/sensor/containers/directory.ts';
import { type FingerprintKey, readFingerprintKey } from '../sources/sensor/fingerprint-key.ts';
import { replaySensor } from '../sources/sensor/replay.ts';
import type { Sensor } from '../sources/sensor/sensor.ts';
import { startSensor } from '../sources/sensor/spawn.ts';
import { type Cluster, openCluster } from './collect-cluster.ts';
import { onlyCaptured } from './collect-gate.ts';
import type { CollectIo } from './collect-io.ts';
import type { CollectOptions, CollectPlan } from './collect-options.ts';
import { type Override, overrideCgroup, overrideProcess, parseOverride } from './collect-overrides.ts';
import { followScope, isScoped, type ScopeFilter, untilTaken } from './collect-scope.ts';
import { parseLabelSelector } from './label-selector.ts';

export type Session = {
  sensor: Sensor;
  /** What came after the header and before the scope was in force. */
  early: readonly WireRecord[];
  fold: Fold;
  /** What makes this collection say less than it was asked to. */
  notes(): string[];
  close(): void;
};

type OpeningIo = CollectIo & { cancelled: AbortSignal };

/** @throws UserError, with nothing left open */
export async function openSession(
  options: CollectOptions,
  plan: CollectPlan,
  io: OpeningIo,
): Promise<Session> {
  const filter = scopeFilter(options);
  const overrides = options.workload.map(parseOverride);
  const key = await openKey(options.fingerprintKey, io);
  const cluster = await openCluster(options, io.env, plan.replay === null && runsPods());
  const closing = [cluster.close];
  try {
    if ((filter.namespaces.length > 0 || filter.selector) && !cluster.known) throw noPods();
    const sensor = await openSensor(plan, filter, io);
    closing.push(sensor.abort);
    // A recording is of another time, and often of another machine.
    const containers = plan.replay === null ? openContainerDirectory(sensor.header.machine_id) : null;
    const fold = openFold(key, { cluster, containers }, overrides, plan);
    let early: readonly WireRecord[] = [];
    if (isScoped(filter)) {
      const scope = await followScope(sensor, cgroupMount(sensor.header.cgroup), filter, cluster.podOf);
      closing.push(scope.close);
      if (scope.added() === 0) io.stderr('note: nothing matches the filters yet; waiting for it to appear\n');
      early = await untilTaken(sensor, scope.added(), io.cancelled);
    }
    const push = isScoped(filter) || plan.pids.length > 0 ? onlyCaptured(fold.push) : fold.push;
    const close = () => closeAll(closing);
    return {
      sensor,
      early,
      fold: { ...fold, push },
      notes: () => notes(sensor, fold, { cluster, containers }, plan),
      close,
    };
  } catch (error) {
    closeAll(closing);
    throw error;
  }
}

/** Who names cgroups. */
type Attribution = { cluster: Cluster; containers: ContainerDirectory | null };

function openFold(
  key: FingerprintKey | null,
  { cluster, containers }: Attribution,
  overrides: readonly Override[],
  plan: CollectPlan,
): Fold {
  return createFold({
    fingerprintKey: key?.key ?? null,
    fingerprintKeyId: key?.id ?? null,
    resolve(cgroup) {
      const found = cluster.workloadOf(cgroup) ?? containers?.workloadOf(cgroup) ?? null;
      return overrideCgroup(overrides, cgroup, found) ?? found;
    },
    hostProcess: (process) => overrideProcess(overrides, process),
    peers: cluster.peers,
    pinnedPrefixes: cluster.secretPrefixes,
    roots: new Set(plan.pids),
  });
}

async function openKey(path: string | undefined, io: CollectIo): Promise<FingerprintKey | null> {
  if (path === undefined) return null;
  const key = await readFingerprintKey(path);
  if (key.created) io.stderr(`made the estate key ${path} (id ${key.id}): keep it, and keep it secret\n`);
  return key;
}

function closeAll(closing: readonly (() => void)[]): void {
  for (const close of closing) close();
}

function scopeFilter({ cgroup, namespace, selector }: CollectOptions): ScopeFilter {
  return {
    cgroups: cgroup,
    namespaces: namespace,
    selector: parseLabelSelector(selector),
  };
}

function openSensor(plan: CollectPlan, filter: ScopeFilter, io: OpeningIo): Promise<Sensor> {
  if (plan.replay !== null) return replaySensor(plan.replay);
  const { now, pids, families, checkpointMs } = plan;
  const { env, cancelled } = io;
  return startSensor({ now, scoped: isScoped(filter), pids, families, checkpointMs, env, cancelled });
}

/** The kubelet's root cgroup, by either driver and version; kind nests it in its own. */
function runsPods(): boolean {
  const mounts = (['v2', 'v1'] as const).flatMap((version) => {
    try {
      return [cgroupMount(version)];
    } catch {
      return [];
    }
  });
  const names = ['kubepods.slice', 'kubepods', 'kubelet.slice', 'kubelet'];
  return mounts.some((mount) => names.some((name) => existsSync(join(mount, name))));
}

function noPods(): UserError {
  return new UserError('-n and -l select pods, and there is no pod metadata here', {
    hint: 'Give --pods FILE (kubectl get pods,rs,jobs,svc,endpointslices,ns,nodes -A -o json), or --kubeconfig.',
  });
}

function notes(
  { header }: Sensor,
  fold: Fold,
  { cluster, containers }: Attribution,
  plan: CollectPlan,
): string[] {
  const refused = header.families.flatMap(refusedPrograms);
  const missing = plan.families.filter(
    (name) => !plan.now && !header.families.some((f) => f.family === name && isAttached(f)),
  );
  const problem = cluster.problem();
  const { unresolved } = fold.stats();
  const how = cluster.known
    ? 'the pod metadata does not know them'
    : 'see --pods, --kubeconfig and --workload';
  return [
    ...missing.map((name) => `family ${name} is not attached: what rests on it is cannot-tell`),
    ...refused.map((p) => `program ${p.name} (${p.hook}) was refused: ${p.error ?? `errno ${p.errno}`}`),
    ...(unresolved > 0 ? [`cgroups that no pod or unit names: ${unresolved}; ${how}`] : []),
    ...(unresolved > 0 ? (containers?.problems() ?? []) : []).map(
      (why) => `container named by its id: ${why}`,
    ),
    ...(problem === null ? [] : [`pod metadata: ${problem}`]),
  ];
}
