/** ai-spm.yaml: one mapping a verb, its keys the long flags without dashes. Unknown keys are errors. */
import { InvalidArgumentError } from 'commander';
import { UserError } from '../errors.ts';
import { readConfigFile } from '../sources/files/config-reader.ts';
import { fileKey, fileValue } from './flag-options.ts';
import type { FlagSpec } from './flags.ts';

const DEFAULT_PATH = 'ai-spm.yaml';

/**
 * Values for one verb; none where there is no file. An explicit path must exist.
 *
 * @throws UserError naming file and key
 */
export async function readConfig(
  path: string | undefined,
  verb: 'collect' | 'audit',
  flags: readonly FlagSpec[],
): Promise<{ key: string; value: unknown }[]> {
  const file = path ?? DEFAULT_PATH;
  const content = await readConfigFile(file, { mustExist: path !== undefined });
  return Object.entries(content?.[verb] ?? {}).map(([key, value]) => {
    const spec = flags.find((flag) => fileKey(flag) === key);
    if (spec === undefined || key === 'config')
      throw new UserError(`${file}: ${verb}.${key} is not a flag of ai-spm ${verb}`, {
        hint: `keys are long flags without dashes; see ai-spm ${verb} --help`,
      });
    return { key, value: asGiven(`${file}: ${verb}.${key}`, spec, value) };
  });
}

function asGiven(where: string, spec: FlagSpec, value: unknown): unknown {
  try {
    return fileValue(spec, value);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UserError(`${where} is ${JSON.stringify(value)}: ${error.message}`, {
      hint: `${spec.flags}: ${spec.text}`,
    });
  }
}
