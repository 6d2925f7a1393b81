/** `--fail-on gap2:high:new,gap3`: which findings, or newly untellable cells, make the run fail. */
import { EXIT, type ExitCode, UserError } from '../errors.ts';
import type { CannotTell, Finding, Severity } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { isUnseen } from '../reconcile/compare.ts';
import { plural } from '../render/text.ts';
import { isNew } from '../render/words.ts';

const SEVERITY_RANK = { low: 0, medium: 1, high: 2, critical: 3 } as const satisfies Record<Severity, number>;

export type GateTerm = { gap: 1 | 2 | 3 | null; severity: Severity | null; onlyNew: boolean; text: string };

export type Verdict = { exitCode: ExitCode; lines: readonly string[] };

/** @param flag the one that the text was given to, for its errors */
export function parseGate(
  text: string | undefined,
  hasBaseline: boolean,
  flag: '--fail-on' | '--require-coverage' = '--fail-on',
): readonly GateTerm[] {
  return (text ?? '')
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, hasBaseline, flag));
}

function parseTerm(text: string, hasBaseline: boolean, flag: string): GateTerm {
  const [head, ...modifiers] = text.split(':');
  const gap = head === 'any' ? null : /^gap([123])$/.exec(head ?? '')?.[1];
  if (gap === undefined) throw badTerm(text, flag);
  const term: GateTerm = {
    gap: gap === null ? null : (Number(gap) as 1 | 2 | 3),
    severity: null,
    onlyNew: false,
    text,
  };
  for (const modifier of modifiers) {
    if (modifier === 'new') term.onlyNew = true;
    else if (Object.hasOwn(SEVERITY_RANK, modifier)) term.severity = modifier as Severity;
    else throw badTerm(text, flag);
  }
  if (term.onlyNew && !hasBaseline) {
    throw new UserError(`${flag} ${text} compares with an earlier report, and none was given`, {
      hint: 'add --baseline REPORT.json (any report written by -f json=REPORT.json)',
    });
  }
  return term;
}

function badTerm(text: string, flag: string): UserError {
  return new UserError(`${flag} does not know "${text}"`, {
    hint: 'expected any, gap1, gap2 or gap3, each optionally with :low|:medium|:high|:critical and :new',
  });
}

/**
 * 1 where a finding trips a term; else 3 where a cell that a term names is cannot-tell and was tellable in the
 * baseline, or `requireCoverage` names its gap. 1 wins over 3; both are printed.
 *
 * @param previous the report of --baseline; null: nothing is known of what was tellable before
 */
export function judge(
  report: Report,
  terms: readonly GateTerm[],
  requireCoverage: readonly GateTerm[],
  previous: Report | null,
): Verdict {
  const tripped = report.findings.filter((finding) => terms.some((term) => trips(report, term, finding)));
  const named = (gate: readonly GateTerm[], cell: CannotTell) =>
    gate.some(({ gap }) => gap === null || gap === cell.gap);
  const untold = report.cannotTell.filter(
    (cell) => named(requireCoverage, cell) || (named(terms, cell) && wasTellable(previous, cell)),
  );
  const unseen = (previous?.agents ?? []).filter(
    ({ workload }) => terms.length + requireCoverage.length > 0 && isUnseen(workload, report),
  );
  const missing = untold.length + unseen.length;
  const lines = [
    ...tripped.map((f) => `gate: ${f.id} [G${f.gap}] ${f.severity.toUpperCase()} ${f.label}: ${f.claim}`),
    ...untold.map((c) => `gate: cannot tell [G${c.gap}] ${c.kind} for ${c.label}: ${c.detail}`),
    ...unseen.map(
      (a) => `gate: cannot tell anything of ${a.label}: it was in the baseline, and nothing holds it now`,
    ),
  ];
  if (tripped.length > 0)
    lines.push(`gate: ${plural(tripped.length, 'finding')} tripped --fail-on; exit code 1`);
  else if (untold.length > 0)
    lines.push(`gate: ${plural(untold.length, 'cell')} cannot be told; exit code 3`);
  else if (missing > 0) lines.push(`gate: ${plural(unseen.length, 'agent')} cannot be told; exit code 3`);
  const exitCode = tripped.length > 0 ? EXIT.gate : missing > 0 ? EXIT.coverage : EXIT.ok;
  return { exitCode, lines };
}

function trips(report: Report, term: GateTerm, finding: Finding): boolean {
  if (term.gap !== null && term.gap !== finding.gap) return false;
  if (term.severity !== null && SEVERITY_RANK[finding.severity] < SEVERITY_RANK[term.severity]) return false;
  return !term.onlyNew || report.comparison === null || isNew(report, finding);
}

/** Its agent was in that report, and this check of it was not among what could not be told. */
function wasTellable(previous: Report | null, { kind, workload }: CannotTell): boolean {
  if (previous === null || !previous.agents.some((agent) => agent.workload === workload)) return false;
  return !previous.cannotTell.some((cell) => cell.kind === kind && cell.workload === workload);
}
