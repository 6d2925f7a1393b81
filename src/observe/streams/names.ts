/** Names behind addresses, as this node was told them: by DNS answers, and by the name in a TLS hello. Bounded. */

export type Names = Map<string, Set<string>>;

const MAX_ADDRESSES = 50_000;
const MAX_NAMES = 16;

/** @param address plain text; with `:port` where the name is of one service of it only. */
export function learnName(names: Names, address: string, name: string): void {
  const known = names.get(address) ?? new Set();
  if (known.size === 0 && names.size >= MAX_ADDRESSES) return;
  names.set(address, known);
  if (known.size < MAX_NAMES) known.add(name.toLowerCase().replace(/\.$/, '').slice(0, 253));
}

/** @param subject of egress, `tcp/10.0.0.1:443`. */
export function namesOf(names: Names, subject: string): string[] {
  const endpoint = subject.slice(subject.indexOf('/') + 1);
  const address = endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return [...new Set([...(names.get(address) ?? []), ...(names.get(endpoint) ?? [])])].sort();
}
