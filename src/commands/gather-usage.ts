/** Use that something else than the sensor told: logs that were given, and what IAM remembers of last accesses. */
import type { AwsEstate } from '../model/aws.ts';
import type { Usage, UsageRow } from '../model/usage.ts';
import { sumUsage } from '../observe/usage/sum.ts';
import { readUsage } from '../sources/usage/read.ts';
import type { AuditOptions } from './audit-options.ts';
import type { CommandIo } from './io.ts';

/** Null where nothing was given: then nothing is known of it, which is not "no use". */
export async function gatherUsage(
  { usage }: AuditOptions,
  aws: AwsEstate | null,
  io: CommandIo,
): Promise<Usage | null> {
  const remembered = lastAccessed(aws);
  if (usage.length === 0 && remembered.length === 0) return null;
  const sum = sumUsage();
  if (usage.length > 0) await readUsage(usage, sum);
  const found = sum.finish();
  for (const warning of found.warnings) io.stderr(`warning: ${warning}\n`);
  return { ...found, rows: [...found.rows, ...remembered] };
}

/**
 * Services and actions that a principal last used at some time. Refused attempts count there too, so it is only good for
 * not calling something unused.
 */
function lastAccessed(aws: AwsEstate | null): UsageRow[] {
  return (aws?.lastAccessed ?? []).flatMap(({ principal, service, action, last }) => {
    if (action === null || last === null) return [];
    const at = Date.parse(last);
    if (!Number.isFinite(at)) return [];
    const subject = `aws:${action.includes(':') ? action : `${service}:${action}`}`;
    return [
      {
        ...{ principal: `aws:${principal.replace(/^aws:/, '')}`, kind: 'cloud-action' as const, subject },
        ...{ context: null, source: 'aws:last-accessed' as const, count: 1, denied: 0, errors: 0 },
        ...{ first: at, last: at, pod: null },
      },
    ];
  });
}
