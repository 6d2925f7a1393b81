/**
 * Models are told of tools under names that frameworks make: `mcp__files__read`, `files/read`, `files.read` for the tool
 * `read` of a server, and what an API does not allow in a name as `_`.
 */

/** Providers allow `[A-Za-z0-9_-]`. */
const plain = (name: string): string => name.slice(0, 256).replaceAll(/[^A-Za-z0-9_-]/g, '_');

const PREFIXED = [
  /^mcp__(?:(?!__).)+__(.+)$/s,
  /^(?:(?!__).)+__(.+)$/s,
  /^[^/]+\/(.+)$/s,
  /^[^.:]+[.:](.+)$/s,
];

/** What a tool may be called at its server that a model asks for by this name, itself first. */
export function servedNames(asked: string): string[] {
  const bare = PREFIXED.flatMap((pattern) => pattern.exec(asked)?.[1] ?? []);
  return [...new Set([asked, ...bare].map(plain))];
}

/** How a tool's own name compares with those of `servedNames`. */
export function servedKey(tool: string): string {
  return plain(tool);
}
