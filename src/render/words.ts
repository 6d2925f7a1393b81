/** Numbers and times as a reader wants them, and the words that several renderers share. */
import type { Finding, Severity } from '../model/finding.ts';
import type { Gap } from '../model/kinds.ts';
import type { AgentRow, Report } from '../model/report.ts';

export const GAP_NAMES = {
  1: 'latent capability: configured, not exercised',
  2: 'hidden effective scope: exercised, not enumerated by its own configuration',
  3: 'in-scope anomaly: allowed, but the pattern shifted',
} as const satisfies Record<Gap, string>;

export const GAPS = [1, 2, 3] as const satisfies readonly Gap[];

export const SEVERITY_RANK = {
  critical: 0,
  high: 1,
  medium: 2,
  low: 3,
} as const satisfies Record<Severity, number>;

const DAY = 86_400_000;
const UNITS = [
  ['d', DAY],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `14 d`, `7.5 h`, `40 s`: two digits that matter. */
export function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, s]) => ms >= s) ?? UNITS[3];
  const value = ms / size;
  return `${value < 10 && unit !== 's' ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}

/** 0…1 as percent, rounded down: 99.96 % covered is not "100 %". */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** ISO time to the minute, in UTC. */
export function minute(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}` : iso;
}

export function day(iso: string): string {
  return /^\d{4}-\d\d-\d\d/.test(iso) ? iso.slice(0, 10) : iso;
}

export function tag(finding: { gap: Gap; severity: Severity }): string {
  return `[G${finding.gap}] ${finding.severity.toUpperCase()}`;
}

/** By gap, then severity, then text, so that two runs print the same order. */
export function byGapAndSeverity(a: Finding, b: Finding): number {
  return (
    a.gap - b.gap ||
    SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
    (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0)
  );
}

export function isNew(report: Report, finding: Finding): boolean {
  const fresh = report.comparison?.new ?? [];
  return fresh.includes(finding.fingerprint) || fresh.includes(finding.evidenceFingerprint);
}

/** How far the three disciplines have come, as a sentence without its first word. */
export function convergenceText(agent: AgentRow): string {
  return (['artifact', 'identity', 'behavior'] as const)
    .map((discipline) => {
      const { state, expected } = agent.convergence[discipline];
      return `${discipline} ${state}${expected === null ? '' : ` (expected ${day(expected)})`}`;
    })
    .join(' · ');
}
