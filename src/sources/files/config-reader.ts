import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

const MAX_BYTES = 1024 * 1024;
const HINT = 'expected the keys collect and audit, each a mapping of long flags (without dashes) to values';
const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const configSchema = z.strictObject({
  collect: z.record(z.string(), value).optional(),
  audit: z.record(z.string(), value).optional(),
});
export type ConfigFile = z.infer<typeof configSchema>;

/** Reads ai-spm.yaml; null where it does not exist and need not. Throws UserError naming file and key. */
export async function readConfigFile(
  path: string,
  options: { mustExist: boolean },
): Promise<ConfigFile | null> {
  const text = await read(path, options.mustExist);
  if (text === null) return null;
  const result = configSchema.safeParse((await parseYaml(path, text)) ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`${path}: ${[...(issue?.path ?? [])].join('.') || 'the file'}: ${issue?.message}`, {
    hint: HINT,
  });
}

async function read(path: string, mustExist: boolean): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES)
      throw new UserError(`${path} has ${size} bytes; a configuration has ${MAX_BYTES} at most`, {
        hint: HINT,
      });
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (!mustExist && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, { hint: HINT, cause: error });
  }
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  // Most runs have no configuration file: collect stays without the parser for all of its window.
  const { parse } = await import('yaml');
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new UserError(`${path} is not YAML: ${(error as Error).message}`, { hint: HINT, cause: error });
  }
}
