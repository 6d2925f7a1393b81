import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { REPORT_FORMAT, REPORT_VERSION, type Report, reportSchema } from '../../model/report.ts';

/** A report of 10,000 findings is some 30 MB; what is larger is not one of ours. */
const MAX_BYTES = 256 * 1024 * 1024;
const HINT = 'write one with: ai-spm audit … -f json=report.json';

/** Reads a report that `-f json=PATH` wrote. Throws UserError naming file and field. */
export async function readReport(path: string): Promise<Report> {
  const value = parse(path, await readBounded(path));
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== REPORT_FORMAT) throw new UserError(`${path} is not an ai-spm report`, { hint: HINT });
  if (version !== REPORT_VERSION) {
    throw new UserError(
      `${path} is a report of version ${String(version)}; this ai-spm reads version ${REPORT_VERSION}`,
      { hint: 'write it again with this version' },
    );
  }
  const result = reportSchema.safeParse(value);
  if (result.success) return result.data;
  const [where] = z.prettifyError(result.error).split('\n\n');
  throw new UserError(`${path} is damaged: ${where}`, { hint: HINT });
}

async function readBounded(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) {
      throw new UserError(`${path} has ${size} bytes; a report has ${MAX_BYTES} at most`, { hint: HINT });
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, { hint: HINT, cause: error });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}`, { hint: HINT, cause: error });
  }
}
