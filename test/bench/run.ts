/**
 * The budgets, measured: ratios within one run, several rounds interleaved, medians with a 95 % interval. Fails only
 * where an interval's lower bound exceeds its budget. As root; `npm run bench [-- NAME …]` runs some of the parts.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { noProbes } from '../bpf/sensor-process.ts';
import { benchAgentLoad } from './agent-load.ts';
import { benchAudit } from './audit.ts';
import { benchConnects } from './connects.ts';
import { type Figure, printFigure } from './figures.ts';
import { benchFootprint } from './footprint.ts';
import { benchHttp } from './http.ts';
import { benchHttps } from './https.ts';
import { benchIam } from './iam.ts';
import { benchListening } from './listening.ts';
import { benchNetwork } from './network.ts';
import { benchOpens } from './opens.ts';
import { benchRbac } from './rbac.ts';
import { buildLoad } from './rounds.ts';
import { benchSaid } from './said.ts';
import { benchSnapshot } from './snapshot.ts';
import { benchStartup } from './startup.ts';

const PARTS: Record<string, { probes: boolean; run: () => Promise<Figure[]> | Figure[] }> = {
  startup: { probes: true, run: () => benchStartup(9) },
  opens: { probes: true, run: () => benchOpens(7) },
  connects: { probes: true, run: () => benchConnects(5) },
  https: { probes: true, run: () => benchHttps(5) },
  http: { probes: true, run: () => benchHttp(7) },
  'agent-load': { probes: true, run: () => benchAgentLoad(3) },
  footprint: { probes: true, run: benchFootprint },
  said: { probes: true, run: () => benchSaid(9) },
  listening: { probes: false, run: () => benchListening(5) },
  iam: { probes: false, run: () => benchIam(3) },
  network: { probes: false, run: () => benchNetwork() },
  rbac: { probes: false, run: () => benchRbac(3) },
  snapshot: { probes: false, run: () => benchSnapshot(7) },
  audit: { probes: false, run: () => benchAudit() },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0)
  throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

if (!noProbes) {
  buildLoad();
  if (!existsSync('/usr/bin/bpftrace')) {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'bpftrace'], {
      stdio: 'ignore',
    });
  }
}
const over: Figure[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`${name}\n`);
  if (part.probes && noProbes) {
    process.stdout.write(`  SKIPPED: ${noProbes}\n`);
    continue;
  }
  for (const result of await part.run()) {
    printFigure(result);
    if (!result.ok) over.push(result);
  }
}
process.stdout.write(over.length === 0 ? 'all within budget\n' : `${over.length} over budget\n`);
process.exitCode = over.length === 0 ? 0 : 1;
