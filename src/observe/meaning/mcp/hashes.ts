/**
 * What a tool's definition is recognised by. All are SHA-256 over a domain, a zero byte and JCS text; null is absent,
 * nothing is trimmed or normalised, so that hidden characters count. `icons`, `_meta`, `execution` are outside: they
 * differ between protocol revisions and hosts without the tool being another.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../json-fields.ts';
import { canonicalJson } from './canonical.ts';

export type ToolHashes = {
  /** The whole definition: compared within one protocol revision. */
  tool: string;
  /** The definition without its name: the same after a rename. */
  body: string;
  /** Name, description and input schema, which all five revisions have: compared across revisions. */
  core: string;
  /**
   * False: the definition has no canonical text. It is too deep or too long, and the hashes are over what can be
   * written of it; or it has integers beyond 2^53, which others round, and the hashes are over their digits.
   */
  canonical: boolean;
};

const FIELDS = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

export function toolHashes(tool: JsonObject): ToolHashes {
  const picked = pick(tool);
  const { name: _, ...body } = picked;
  const { name, description = '', inputSchema } = picked;
  const marks = { beyond: false };
  const texts = [picked, body, { name, description, inputSchema }].map((part) => canonicalJson(part, marks));
  const [whole, nameless, core] = texts.map((text, i) => text ?? opaque([picked, body, picked][i]));
  return {
    tool: hash('ai-spm/mcp-tool/1', whole!),
    body: hash('ai-spm/mcp-tool-body/1', nameless!),
    core: hash('ai-spm/mcp-tool-core/1', core!),
    canonical: !texts.includes(null) && !marks.beyond,
  };
}

/** In any order. Two tools of one name are two members. */
export function catalogHash(tools: readonly { name: string; tool: string }[]): string {
  const lines = tools.map(({ name, tool }) => JSON.stringify([name, tool])).sort();
  return hash('ai-spm/mcp-tools/1', lines.join('\n'));
}

function pick(tool: JsonObject): Record<string, unknown> {
  const picked: Record<string, unknown> = Object.create(null);
  for (const field of FIELDS)
    if (Object.hasOwn(tool, field) && tool[field] !== null && tool[field] !== undefined)
      picked[field] = tool[field];
  return picked;
}

/** A definition that has no canonical text still changes its hash when it changes, as long as it can be written at all. */
function opaque(value: unknown): string {
  try {
    return `\0opaque\0${JSON.stringify(value)}`;
  } catch {
    return '\0opaque';
  }
}

function hash(domain: string, text: string): string {
  return createHash('sha256').update(`${domain}\0${text}`, 'utf8').digest('hex');
}
