/** `--print-access`: the least read-only role with which the configured side can be read. Nothing is asked or changed. */
import { EXIT, type ExitCode, UserError } from '../errors.ts';
import { awsAccessPolicy } from '../sources/aws/calls.ts';
import { gcpAccess } from '../sources/gcp/access.ts';
import { kubernetesAccess } from '../sources/kubernetes/access.ts';
import type { AuditOptions } from './audit-options.ts';
import { namespacesOf } from './gather-estate.ts';
import type { CommandIo } from './io.ts';

export async function printAccess(source: string, options: AuditOptions, io: CommandIo): Promise<ExitCode> {
  await io.stdout(accessOf(source, options));
  return EXIT.ok;
}

function accessOf(source: string, options: AuditOptions): string {
  switch (source) {
    case 'kubernetes':
      return kubernetesAccess(namespacesOf(options));
    case 'aws':
      return json(awsAccessPolicy({ assumeRoles: options.awsRole, lastAccessed: options.awsLastAccessed }));
    case 'gcp':
      return json(gcpAccess());
    default:
      throw new UserError(`--print-access does not know "${source}"`, {
        hint: 'expected kubernetes, aws or gcp',
      });
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
