/** The measured half, in a process of its own so that its peak memory is its own: reads every snapshot of a folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createHistory } from '../../src/reconcile/history.ts';
import { buildLedger } from '../../src/reconcile/ledger.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { readManifest, readSegments } from '../../src/sources/files/snapshot-reader.ts';

const [folder] = process.argv.slice(2) as [string];
const times: Record<string, number> = {};
let mark = performance.now();
const lap = (name: string) => {
  times[name] = (times[name] ?? 0) + performance.now() - mark;
  mark = performance.now();
};

const paths = readdirSync(folder)
  .sort()
  .map((name) => join(folder, name));
const expected = paths.map(async (path) =>
  (await readManifest(path)).segments.map((one) => ({ ...one, origin: path })),
);
const history = createHistory((await Promise.all(expected)).flat());
lap('manifests');
let rows = 0;
for (const path of paths) {
  for await (const segment of readSegments(path)) {
    lap('read');
    rows += segment.observations.workload.length;
    history.add(segment, path);
    lap('add');
  }
}
const observed = history.finish();
lap('finish');
const ledger = buildLedger({ configured: null, observed, baseline: null, thresholds: DEFAULT_THRESHOLDS });
lap('ledger');
const entries = ledger.workloads.reduce((sum, workload) => sum + workload.entries.length, 0);
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const figures = { maxRssMiB: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
process.stdout.write(
  `${JSON.stringify({ rows, entries, workloads: ledger.workloads.length, times, ...figures })}\n`,
);
