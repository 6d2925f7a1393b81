/** `--show configuration`: what the pods of an agent run as, what admission asks of them, whose credentials they find. */
import type { ConfigurationRow, Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, wrap } from './text.ts';

const INDENT = 16;

const TITLES = {
  operator: 'operated by',
  pod: 'pod',
  container: 'container',
  'pod-security': 'pod security',
  admission: 'admission',
  credential: 'credentials',
} as const satisfies Record<ConfigurationRow['aspect'], string>;

export function configurationTable(report: Report, columns: number, paint: Paint): string[] {
  if (report.configuration.length === 0)
    return [...wrap('CONFIGURATION  nothing was read of how agents are configured', columns), ''];
  const agents = [...Map.groupBy(report.configuration, ({ workload }) => workload).values()];
  return [paint.bold('CONFIGURATION'), ...agents.flatMap((rows) => agentLines(rows, columns, paint))];
}

/** The title stands before the first of several. */
function agentLines(rows: readonly ConfigurationRow[], columns: number, paint: Paint): string[] {
  const lines = rows.flatMap(({ aspect, subject, says }, index) => {
    const title = rows[index - 1]?.aspect === aspect ? '' : TITLES[aspect];
    const text = subject === '' ? says : `${subject}: ${says}`;
    return hanging(`  ${title}`, INDENT, sanitizeLine(text), columns);
  });
  return [...wrap(sanitizeLine(rows[0]!.label), columns).map(paint.bold), ...lines, ''];
}
