/** `--show policies`: each derived document with the decisions behind it, and the proof that it carries. */
import type { DerivedPolicy, Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine, sanitizeLines } from './sanitize.ts';
import { hanging, wrap } from './text.ts';

const INDENT = 15;

/** Longer lists are counted here; the JSON report has them whole. */
const LISTED = 8;

const STATUS = {
  derived: 'DERIVED',
  review: 'REVIEW ONLY',
  refused: 'REFUSED',
} as const satisfies Record<DerivedPolicy['status'], string>;

function list(label: string, items: readonly string[], columns: number): string[] {
  const shown = items.slice(0, LISTED);
  const more = items.length - shown.length;
  const texts = [...shown, ...(more > 0 ? [`… and ${more} more (-f json has all)`] : [])];
  return texts.flatMap((text, i) => hanging(i === 0 ? label : '', INDENT, sanitizeLine(text), columns));
}

function proof(policy: DerivedPolicy, columns: number): string[] {
  const { checked, denied } = policy.replay;
  const replay =
    denied.length === 0
      ? `${checked} observed, all allowed by the document`
      : `${checked} observed, of which the document DENIES`;
  const subset = {
    yes: 'grants nothing that the configuration does not',
    no: 'would ADD to what the configuration grants:',
    unknown: 'unknown whether it grants more than the configuration:',
  }[policy.subset.state];
  return [
    ...list('  replay', [replay, ...denied], columns),
    ...list('  subset', [subset, ...policy.subset.detail], columns),
  ];
}

function decisionLines({ decisions }: DerivedPolicy, columns: number): string[] {
  return (['granularity', 'closure', 'confidence', 'validity'] as const).flatMap((name) =>
    list(`  ${name}`, [`${decisions[name].choice}: ${decisions[name].detail}`], columns),
  );
}

function block(policy: DerivedPolicy, columns: number, paint: Paint): string[] {
  const style = { derived: paint.good, review: paint.warn, refused: paint.bad }[policy.status];
  const head = wrap(sanitizeLine(`${policy.label} ${policy.substrate}`), columns - 13).map(paint.bold);
  return [
    ...head.slice(0, -1),
    `${head.at(-1)}  ${style(STATUS[policy.status])}`,
    ...(policy.reason === null ? [] : list('  because', [policy.reason], columns)),
    ...(policy.status === 'refused' ? [] : decisionLines(policy, columns)),
    ...(policy.document === null ? [] : proof(policy, columns)),
    ...list('  removes', policy.removes, columns),
    ...list('  review', policy.review, columns),
    ...(policy.document === null ? [] : ['', ...documentLines(policy, paint)]),
    '',
  ];
}

/** Neither wrapped nor indented, so that what is copied from the terminal is the document. */
function documentLines(policy: DerivedPolicy, paint: Paint): string[] {
  return [paint.dim(`# --- ${sanitizeLine(policy.fileName)}`), ...sanitizeLines(policy.document!)];
}

export function policyBlocks(report: Report, columns: number, paint: Paint): string[] {
  if (report.policies.length === 0) {
    return [...wrap('POLICIES  none: nothing was observed that a policy could be derived from', columns), ''];
  }
  return [paint.bold('POLICIES'), '', ...report.policies.flatMap((policy) => block(policy, columns, paint))];
}
