/**
 * Against an earlier report: new, unchanged, resolved, and incomparable. A finding that is gone because its cell
 * cannot be judged any more is not resolved; nor is anything, where the two reports looked at different things.
 */
import type { CannotTell, Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';

type Current = Pick<Report, 'agents' | 'findings' | 'cannotTell' | 'scope'>;
type Comparison = NonNullable<Report['comparison']>;

/** Classes hold identity fingerprints. The same identity on another evidence path is new: another edge to cut. */
export function compareReports(previous: Report, current: Current): Comparison {
  const before = evidenceByIdentity(previous.findings);
  const now = evidenceByIdentity(current.findings);
  const scope = scopeDifference(previous.scope, current.scope);
  const gone = [...before.keys()].filter((fingerprint) => !now.has(fingerprint));
  const judged = gone.map((fingerprint) => {
    const finding = previous.findings.find((one) => one.fingerprint === fingerprint)!;
    return {
      fingerprint,
      reason: scope ?? unseenNow(finding, current) ?? cannotTellNow(finding, current.cannotTell),
    };
  });
  const known = [...now].filter(([fingerprint, paths]) => isSubset(paths, before.get(fingerprint)));
  return {
    baselineGeneratedAt: previous.generatedAt,
    new: [...now.keys()].filter((fingerprint) => !known.some(([one]) => one === fingerprint)).sort(),
    unchanged: known.map(([fingerprint]) => fingerprint).sort(),
    resolved: judged
      .filter(({ reason }) => reason === null)
      .map(({ fingerprint }) => fingerprint)
      .sort(),
    incomparable: judged
      .flatMap(({ fingerprint, reason }) => (reason === null ? [] : [{ fingerprint, reason }]))
      .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
  };
}

function evidenceByIdentity(findings: readonly Finding[]): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>();
  for (const { fingerprint, evidenceFingerprint } of findings) {
    paths.set(fingerprint, (paths.get(fingerprint) ?? new Set()).add(evidenceFingerprint));
  }
  return paths;
}

function isSubset(paths: ReadonlySet<string>, of: ReadonlySet<string> | undefined): boolean {
  return of !== undefined && paths.isSubsetOf(of);
}

/** Not in this report, and no configuration says that it was deleted. */
export function isUnseen(workload: string, { agents, scope }: Pick<Report, 'agents' | 'scope'>): boolean {
  return !agents.some((agent) => agent.workload === workload) && scope.configuredOrigin === null;
}

function unseenNow({ workload }: Finding, current: Current): string | null {
  return isUnseen(workload, current)
    ? 'no-snapshot: no snapshot holds it, and no configuration was given'
    : null;
}

function cannotTellNow(finding: Finding, cannotTell: readonly CannotTell[]): string | null {
  const cell = cannotTell.find(
    ({ kind, workload }) => kind === finding.kind && workload === finding.workload,
  );
  return cell ? `${cell.reason}: ${cell.detail}` : null;
}

/** Cluster, namespaces and selector decide what was looked at; the window and the number of segments do not. */
function scopeDifference(previous: Report['scope'], current: Report['scope']): string | null {
  if (previous.cluster !== null && current.cluster !== null && previous.cluster !== current.cluster)
    return `another cluster: ${previous.cluster} then, ${current.cluster} now`;
  if (!sameNamespaces(previous.namespaces, current.namespaces))
    return `other namespaces: ${namespaceText(previous.namespaces)} then, ${namespaceText(current.namespaces)} now`;
  if (previous.selector !== current.selector)
    return `another selector: ${previous.selector ?? 'none'} then, ${current.selector ?? 'none'} now`;
  return null;
}

function sameNamespaces(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return namespaceText(a) === namespaceText(b);
}

function namespaceText(namespaces: readonly string[] | null): string {
  return namespaces === null ? 'all' : [...namespaces].sort().join(', ');
}
