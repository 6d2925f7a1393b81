/** The audit, read aloud: gather → plain data → pure functions over it → report → renderer → exit code. */

import { deriveBom } from '../derive/bom.ts';
import { derivePolicies } from '../derive/policies.ts';
import { DETECTORS, detect } from '../detectors/index.ts';
import { EXIT, type ExitCode, UserError } from '../errors.ts';
import type { Ledger } from '../model/ledger.ts';
import { REPORT_FORMAT, REPORT_VERSION, type Report } from '../model/report.ts';
import { agentRows, costRow, coverageRows } from '../reconcile/agents.ts';
import { compareReports } from '../reconcile/compare.ts';
import { configurationRows } from '../reconcile/configuration.ts';
import { buildLedger } from '../reconcile/ledger.ts';
import { operationRows } from '../reconcile/operation.ts';
import { DEFAULT_THRESHOLDS } from '../reconcile/thresholds.ts';
import { readReport } from '../sources/files/report-reader.ts';
import { expandSnapshotArgs } from '../sources/files/snapshot-paths.ts';
import type { AuditOptions } from './audit-options.ts';
import { answerFile, answerOne } from './can.ts';
import { deterministicUuid } from './deterministic-uuid.ts';
import { judge, parseGate } from './gate.ts';
import { gatherConfigured, gatherObserved } from './gather.ts';
import type { CommandIo } from './io.ts';
import { parseLabelSelector } from './label-selector.ts';
import { parseOutputs, parseSections, writeOutputs } from './outputs.ts';
import { preflight } from './preflight.ts';
import { printAccess } from './print-access.ts';
import { selectAgents, selectNamed } from './select-workloads.ts';
import { TOOL } from './tool.ts';

export async function audit(options: AuditOptions, io: CommandIo): Promise<ExitCode> {
  // Usage errors first: nothing is gathered for a run that could not print its result.
  const outputs = parseOutputs(options.format);
  const show = parseSections(options.show);
  const gate = parseGate(options.failOn, options.baseline !== undefined);
  const required = parseGate(options.requireCoverage, options.baseline !== undefined, '--require-coverage');

  refuseBoth(options);
  if (options.can !== undefined) return answerOne(options.can, options, io);
  if (options.canFile !== undefined) return answerFile(options.canFile, options, io);
  if (options.printAccess !== undefined) return printAccess(options.printAccess, options, io);
  if (options.preflight) return preflight(options, io);
  const previous = options.baseline === undefined ? null : await readReport(options.baseline);
  const found =
    options.report === undefined
      ? await makeReport(options, previous, io)
      : await readSaved(options.report, options, io);
  const report = previous === null ? found : { ...found, comparison: compareReports(previous, found) };
  if (options.explain !== undefined) {
    await printExplanation(report, options.explain, io);
    return EXIT.ok;
  }
  await writeOutputs(report, outputs, show, io);
  const verdict = judge(report, gate, required, previous);
  for (const line of verdict.lines) io.problem(`${line}\n`);
  return verdict.exitCode;
}

/** A saved report is whole and final: what would have chosen among the inputs does nothing, and is told so. */
function readSaved(path: string, options: AuditOptions, io: CommandIo): Promise<Report> {
  const unused = [
    options.snapshots.length > 0 ? ['snapshots'] : [],
    options.configured.length > 0 ? ['--configured'] : [],
    options.namespace.length > 0 ? ['-n'] : [],
    options.selector === undefined ? [] : ['-l'],
    options.allWorkloads ? ['--all-workloads'] : [],
    options.baselineSnapshot.length > 0 ? ['--baseline-snapshot'] : [],
    options.usage.length > 0 ? ['--usage'] : [],
    options.saveConfigured === undefined ? [] : ['--save-configured'],
  ].flat();
  if (unused.length > 0)
    io.stderr(`note: --report renders ${path} as it was saved: ${unused.join(', ')} not applied\n`);
  return readReport(path);
}

/** One of them would win in silence. */
function refuseBoth({ can, canFile, printAccess, preflight }: AuditOptions): void {
  const asked = [
    can === undefined ? [] : ['--can'],
    canFile === undefined ? [] : ['--can-file'],
    printAccess === undefined ? [] : ['--print-access'],
    preflight ? ['--preflight'] : [],
  ].flat();
  if (asked.length > 1)
    throw new UserError(`${asked.join(' and ')} each print something else`, { hint: 'give one of them' });
}

async function printExplanation(report: Report, id: string, io: CommandIo): Promise<void> {
  const { explain, findExplained } = await import('../render/explain.ts');
  if (findExplained(report, id).length === 0) {
    throw new UserError(`--explain ${id}: no finding and no cannot-tell cell of this report has that id`, {
      hint: 'ids stand behind [G1], [G2], [G3] in the table; their first characters are enough',
    });
  }
  await io.stdout(explain(report, id, { columns: io.columns, color: io.color }));
}

async function makeReport(options: AuditOptions, previous: Report | null, io: CommandIo): Promise<Report> {
  // A file that is not there is told before a cluster is read for it, and so is a selector that is none.
  const selector = parseLabelSelector(options.selector);
  const snapshots = await expandSnapshotArgs(options.snapshots);
  const baselineSnapshots = await expandSnapshotArgs(options.baselineSnapshot);
  const { configured, usage } = await gatherConfigured(options, io);
  const { observed, baseline } = await gatherObserved(snapshots, baselineSnapshots, io);

  const whole = buildLedger({ configured, observed, baseline, usage, thresholds: DEFAULT_THRESHOLDS });
  const agents = new Set(previous?.agents.map(({ workload }) => workload));
  const ledger = selectAgents(selectNamed(whole, options, selector), options.allWorkloads, agents);
  const { findings, cannotTell } = detect(ledger, { thresholds: DEFAULT_THRESHOLDS, seed: options.seed });
  const generatedAt = new Date(io.now()).toISOString();
  const scope = reportScope(options, ledger);
  // Before the AI-BOM, which stays: what it takes to prove them is let go again.
  const policies = derivePolicies(ledger, findings, { now: generatedAt, thresholds: DEFAULT_THRESHOLDS });

  return {
    format: REPORT_FORMAT,
    version: REPORT_VERSION,
    tool: TOOL,
    generatedAt,
    scope,
    thresholds: { ...DEFAULT_THRESHOLDS },
    seed: options.seed,
    agents: agentRows(ledger, findings, cannotTell),
    checks: DETECTORS.map(({ kind }) => kind),
    findings,
    cannotTell,
    comparison: null,
    bom: deriveBom(ledger, {
      // The same ledger must give the same bytes: the serial is a name for the content, not a random number.
      serialNumber: deterministicUuid(ledger.workloads.map((w) => w.id).join('\n'), scope.windowEnd ?? ''),
      timestamp: scope.windowEnd ?? generatedAt,
      toolVersion: TOOL.version,
    }),
    policies,
    coverage: coverageRows(ledger),
    cost: costRow(ledger),
    operation: operationRows(ledger),
    configuration: configurationRows(ledger),
    notes: [...ledger.notes],
  };
}

function reportScope(options: AuditOptions, ledger: Ledger): Report['scope'] {
  const { configured, observed, baseline } = ledger;
  const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    title: options.title ?? null,
    configuredOrigin: configured?.origin ?? null,
    configuredReadAt: configured?.readAt ?? null,
    cluster: configured?.cluster ?? null,
    namespaces: options.namespace.length > 0 ? [...options.namespace].sort() : null,
    selector: options.selector ?? null,
    segments: observed?.segments ?? 0,
    windowStart: iso(observed?.start),
    windowEnd: iso(observed?.end),
    baselineSegments: baseline?.segments ?? 0,
  };
}
