/**
 * The documents of one file: JSON, YAML with any number of documents, or a table of grants as a list of its rows; errors
 * name file, line and column.
 */
import { createReadStream } from 'node:fs';
import { LineCounter, parseAllDocuments } from 'yaml';
import { UserError } from '../../errors.ts';
import { rewriteHint } from './broken.ts';
import type { ExportFile } from './files.ts';
import { isGrantTable, parseTable } from './table.ts';

/** YAML costs some fifty times its size in memory while it is parsed, JSON a few times. */
const MAX_YAML_BYTES = 128 * 1024 ** 2;
const MAX_JSON_BYTES = 500 * 1024 ** 2;
const MAX_HEADER = 16 * 1024;
/** Anchors are rare in exports; more expansions than this are an attack. */
const MAX_ALIASES = 100;

export async function readDocuments(file: ExportFile): Promise<unknown[]> {
  if (file.bytes > MAX_JSON_BYTES) throw tooBig(file, MAX_JSON_BYTES);
  const text = decode(await readBytes(file));
  if (/\.[ct]sv$/i.test(file.path)) return tableOf(file, text);
  if (/^\s*[{[]/.test(text)) {
    const json = parseJson(text);
    if (json !== undefined) return [json];
    if (/\.json$/i.test(file.path)) throw jsonError(file, text);
  }
  if (file.bytes > MAX_YAML_BYTES) throw tooBig(file, MAX_YAML_BYTES);
  return parseYaml(file, text);
}

/** A table of anything else is no document of anybody. */
function tableOf({ path }: ExportFile, text: string): unknown[] {
  if (!isGrantTable(text.slice(0, MAX_HEADER))) return [null];
  const { rows, problem } = parseTable(text, /\.tsv$/i.test(path));
  if (problem === null) return [rows];
  throw new UserError(`${path}: not a whole table: ${problem}`, {
    hint: 'the file may be cut short: write it again with a header, as CSV (psql \\copy … csv header) or TSV (mysql --batch)',
  });
}

async function readBytes(file: ExportFile): Promise<Buffer> {
  try {
    // A pipe has no size beforehand.
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of createReadStream(file.path, { highWaterMark: 1 << 20 })) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_JSON_BYTES) throw tooBig({ ...file, bytes }, MAX_JSON_BYTES);
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(`${file.path}: cannot be read (${code ?? message})`, {
      hint: 'check its permissions, or leave it out',
      cause: error,
    });
  }
}

function tooBig({ path, bytes }: ExportFile, limit: number): UserError {
  return new UserError(`${path}: ${bytes} bytes; at most ${limit} are read`, {
    hint: 'export as JSON (-o json), or one resource or namespace a file',
  });
}

/** PowerShell redirects as UTF-16 with a byte-order mark. */
function decode(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(utf16 ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** V8 gives the position in the message only; the YAML parser gives it as data, and JSON is YAML. */
function jsonError(file: ExportFile, text: string): UserError {
  const position = yamlError(text);
  return new UserError(`${file.path}${position ?? ''}: not valid JSON`, {
    hint: rewriteHint(file.path, text),
  });
}

function yamlError(text: string): string | null {
  if (text.length > MAX_YAML_BYTES) return null;
  try {
    const lines = new LineCounter();
    const error = parseAllDocuments(text, { lineCounter: lines }).flatMap((one) => one.errors)[0];
    if (!error) return null;
    const { line, col } = lines.linePos(error.pos[0]);
    return `:${line}:${col}`;
  } catch {
    return null;
  }
}

function parseYaml(file: ExportFile, text: string): unknown[] {
  const lines = new LineCounter();
  try {
    return parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' }).map((document) => {
      const [error] = document.errors;
      if (error) {
        const { line, col } = lines.linePos(error.pos[0]);
        const [reason] = error.message.split(' at line ');
        throw new UserError(`${file.path}:${line}:${col}: not valid YAML: ${reason}`, {
          hint: 'templates have to be rendered first (helm template, kustomize build); or leave the file out',
        });
      }
      return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Alias expansion beyond the limit, or nesting deeper than the stack.
    const reason = error instanceof ReferenceError ? 'its aliases expand without bound' : String(error);
    throw new UserError(`${file.path}: refused: ${reason}`, {
      hint: 'write it without YAML anchors, for example as JSON',
      cause: error,
    });
  }
}
