/** Dumps of the AWS CLI as files: the same answer as the live APIs give. */
import type { AwsEstate } from '../../model/aws.ts';
import { readDocuments } from '../manifests/documents.ts';
import { exportFiles } from '../manifests/files.ts';
import { createAwsBuilder } from './builder.ts';

/**
 * Files and directories; what is not of AWS is skipped with a warning.
 * @throws UserError where a file cannot be read or parsed
 */
export async function readAwsExports(paths: readonly string[]): Promise<AwsEstate> {
  const builder = createAwsBuilder();
  let newest = 0;
  for (const file of await exportFiles(paths, builder.warn)) {
    const documents = await readDocuments(file);
    const taken = documents.filter((document) => builder.add(document, file.path));
    if (taken.length > 0) newest = Math.max(newest, file.modifiedMs);
    else builder.warn(`${file.path}: no answer of AWS that is read here, skipped`);
  }
  return builder.finish(newest === 0 ? null : new Date(newest).toISOString());
}
