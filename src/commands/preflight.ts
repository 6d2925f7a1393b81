/** `--preflight`: what was read, what was not and why, and which findings cannot be told for it. Nothing is audited. */
import { DETECTORS } from '../detectors/index.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { FindingKind } from '../model/finding.ts';
import type { ResourceName, SourceCoverage } from '../model/kubernetes.ts';
import { type Preflight, renderPreflight } from '../render/preflight.ts';
import { resolveEstate } from '../scope/resolve.ts';
import type { AuditOptions } from './audit-options.ts';
import { gatherEstate } from './gather-estate.ts';
import type { CommandIo } from './io.ts';

export async function preflight(options: AuditOptions, io: CommandIo): Promise<ExitCode> {
  const estate = await gatherEstate(options, io, { mayBeEmpty: true });
  const { posture } = resolveEstate(estate);
  const found: Preflight = {
    origin: posture.origin,
    workloads: posture.workloads.length,
    sources: posture.coverage,
    findings: DETECTORS.map(({ kind, needs }) => ({
      kind,
      missing: missingFor(needs.resources, posture.coverage),
    })),
    signals: [...new Set(DETECTORS.flatMap(({ needs }) => needs.signals))],
    warnings: posture.warnings,
  };
  await io.stdout(options.format.includes('json') ? json(found) : renderPreflight(found, io));
  return EXIT.ok;
}

/** As the engine asks: a kind of object that was refused, that failed, or of which nothing says that it was read. */
function missingFor(needed: readonly ResourceName[], coverage: readonly SourceCoverage[]): string[] {
  return needed.flatMap((resource) => {
    const rows = coverage.filter((one) => one.resource === resource);
    if (rows.length === 0) return [`${resource}: no source says whether it was read`];
    return rows
      .filter(({ status }) => status !== 'read' && status !== 'not-served')
      .map(({ source, status, reason }) => `${source} ${status}${reason === null ? '' : `: ${reason}`}`);
  });
}

function json(found: Preflight): string {
  const kinds: Partial<Record<FindingKind, readonly string[]>> = {};
  for (const { kind, missing } of found.findings) if (missing.length > 0) kinds[kind] = missing;
  const { origin, workloads, sources, warnings } = found;
  return `${JSON.stringify({ origin, workloads, sources, cannotTell: kinds, warnings }, null, 2)}\n`;
}
