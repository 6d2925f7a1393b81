/** What a reading covers, before anything is audited. */
import { FINDINGS } from '../catalog/findings.ts';
import type { FindingKind } from '../model/finding.ts';
import type { Signal } from '../model/kinds.ts';
import type { SourceCoverage } from '../model/kubernetes.ts';
import type { RenderOptions } from './options.ts';
import { createPaint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, plural } from './text.ts';

export type Preflight = {
  origin: string;
  workloads: number;
  sources: readonly SourceCoverage[];
  findings: readonly { kind: FindingKind; missing: readonly string[] }[];
  signals: readonly Signal[];
  warnings: readonly string[];
};

/** `kubernetes:pods` without where it comes from. */
function nameOf({ source }: SourceCoverage): string {
  return sanitizeLine(source.slice(source.indexOf(':') + 1));
}

const STATUS = 12;
const INDENT = 2;

export function renderPreflight(found: Preflight, { columns, color }: RenderOptions): string {
  const paint = createPaint(color);
  const { origin, workloads, sources, findings, signals, warnings } = found;
  const unread = sources.filter(({ status }) => status !== 'read' && status !== 'not-served');
  const unserved = sources.filter(({ status }) => status === 'not-served').map(nameOf);
  const read = sources.filter(({ status }) => status === 'read');
  const objects = read.reduce((sum, one) => sum + one.objects, 0);
  const blocked = findings.filter(({ missing }) => missing.length > 0);
  const row = (one: SourceCoverage) =>
    hanging(
      `${' '.repeat(INDENT)}${one.status}`,
      INDENT + STATUS,
      sanitizeLine(`${one.source}${one.reason === null ? '' : `: ${one.reason}`}`),
      columns,
    );
  const lines = [
    ...hanging('', 0, sanitizeLine(`${plural(workloads, 'workload')} in ${origin}`), columns).map(paint.bold),
    ...hanging('', 0, `read: ${plural(read.length, 'collection')}, ${plural(objects, 'object')}`, columns),
    ...(unserved.length > 0
      ? hanging('', 0, `not served, so there are none: ${unserved.join(', ')}`, columns)
      : []),
    ...(unread.length > 0 ? ['', paint.bold('not read'), ...unread.flatMap(row)] : []),
    '',
    paint.bold(
      blocked.length === 0 ? 'every kind of finding can be told from what was read' : 'will be cannot-tell',
    ),
    ...blocked.flatMap(({ kind, missing }) => [
      ...hanging('', INDENT, `${FINDINGS[kind].title} (${kind})`, columns),
      ...missing.flatMap((one) => hanging('', INDENT + 2, sanitizeLine(one), columns).map(paint.dim)),
    ]),
    '',
    ...hanging(
      '',
      0,
      `On top of that it takes snapshots: ai-spm collect, with the families ${signals.join(', ')}; see ai-spm collect --check on the nodes.`,
      columns,
    ),
    ...(warnings.length > 0 ? ['', paint.bold('warnings')] : []),
    ...warnings.flatMap((one) => hanging('', INDENT, sanitizeLine(one), columns)),
  ];
  return `${lines.join('\n')}\n`;
}
