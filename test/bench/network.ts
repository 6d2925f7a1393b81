/**
 * Effective scope and network of a whole cluster, from its objects to a verdict per pod and plausible destination:
 * 10,000 pods in less than 10 s, 25,000 in less than 30 s, growing no faster than n log n.
 * `node test/bench/network.ts [pods …]`
 */
import { RESOURCES } from '../../src/model/kubernetes.ts';
import { createNetworkScope } from '../../src/scope/network-answer.ts';
import { sourceOfPod } from '../../src/scope/network-source.ts';
import { resolvePosture } from '../../src/scope/posture.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';
import { type Figure, figure, printFigure } from './figures.ts';
import { clusterOf, namespaceName, namespacesOf } from './network-cluster.ts';

/** Pods → seconds. */
const BUDGETS: ReadonlyMap<number, number> = new Map([
  [10_000, 10],
  [25_000, 30],
]);
const HOSTS = ['api.example.com', 'eu.service-3.example.com', 'other.example.org'];

type Run = {
  read: number;
  resolve: number;
  decide: number;
  /** Of the processor, for all three: on a busy machine the elapsed time says little. */
  processor: number;
  verdicts: number;
  capabilities: number;
};

export function benchNetwork(sizes: Iterable<number> = BUDGETS.keys()): Figure[] {
  const runs = [...sizes].map((pods) => ({ pods, run: runOnce(pods) }));
  const figures = runs.flatMap(({ pods, run }) => {
    const name = `${pods} pods, ${namespacesOf(pods)} namespaces, ${run.capabilities} capabilities, ${run.verdicts} verdicts`;
    const total = run.read + run.resolve + run.decide;
    return [
      figure(name, 's', [total], BUDGETS.get(pods) ?? null),
      figure('  processor time', 's', [run.processor], BUDGETS.get(pods) ?? null),
      figure('  objects into an estate', 's', [run.read]),
      figure('  effective scope', 's', [run.resolve]),
      figure('  verdicts', 's', [run.decide]),
    ];
  });
  const [small, large] = [runs[0], runs.at(-1)];
  if (!small || !large || small === large) return figures;
  const nLogN = (pods: number) => pods * Math.log2(pods);
  const growth = large.run.processor / small.run.processor / (nLogN(large.pods) / nLogN(small.pods));
  // A quarter more is what a busy machine may add to one of the two.
  return [...figures, figure('growth, as a multiple of n log n', '×', [growth], 1.25)];
}

function runOnce(pods: number): Run {
  const objects = [...clusterOf(pods)];
  const started = performance.now();
  const before = process.cpuUsage();
  const builder = createEstateBuilder(null);
  for (const object of objects) builder.add(object, null);
  const coverage = RESOURCES.map((resource) => ({
    source: `kubernetes:${resource}`,
    resource,
    namespaces: null,
    status: 'read' as const,
    objects: 1,
    reason: null,
  }));
  const estate = builder.finish({ origin: 'bench', readAt: null, coverage });
  const read = performance.now();
  const { capabilities } = resolvePosture(estate);
  const resolved = performance.now();
  const scope = createNetworkScope(estate);
  const count = namespacesOf(pods);
  let verdicts = 0;
  estate.pods.forEach((pod, at) => {
    const source = sourceOfPod(pod);
    for (const to of destinationsOf(at, count)) {
      scope.decide(source, to, 'host' in to && to.host.includes('.svc') ? 80 : 443, 'TCP');
      verdicts++;
    }
  });
  const { user, system } = process.cpuUsage(before);
  const seconds = (from: number, to: number) => (to - from) / 1000;
  return {
    read: seconds(started, read),
    resolve: seconds(read, resolved),
    decide: seconds(resolved, performance.now()),
    processor: (user + system) / 1e6,
    verdicts,
    capabilities: capabilities.length,
  };
}

/** Services of its own and of other namespaces, the metadata service, hosts and addresses outside. */
function destinationsOf(at: number, count: number): ({ host: string } | { ip: string })[] {
  const own = Math.floor(at / 50) % count;
  const services = [0, 1, 2].flatMap((app) =>
    [0, 1, 7].map((step) => ({ host: `app-${app}.${namespaceName((own + step) % count)}.svc` })),
  );
  const addresses = ['169.254.169.254', '203.0.113.9', '10.0.0.7'].map((ip) => ({ ip }));
  return [...services, ...HOSTS.map((host) => ({ host })), ...addresses];
}

if (process.argv[1] === import.meta.filename) {
  const sizes = process.argv.slice(2).map(Number);
  const figures = benchNetwork(sizes.length > 0 ? sizes : undefined);
  for (const one of figures) printFigure(one);
  process.exitCode = figures.every(({ ok }) => ok) ? 0 : 1;
}
