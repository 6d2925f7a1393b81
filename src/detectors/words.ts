/** Numbers and lists in sentences. */
const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** `14.0 days`, `6.5 hours`, `10 minutes`. */
export function duration(ms: number): string {
  if (ms >= DAY) return `${(ms / DAY).toFixed(1)} days`;
  if (ms >= 2 * HOUR) return `${(ms / HOUR).toFixed(1)} hours`;
  if (ms >= 2 * MINUTE) return `${Math.round(ms / MINUTE)} minutes`;
  return `${Math.round(ms / 1000)} seconds`;
}

/** `1 session`, `672 sessions`, `2 policies`. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

/** Rounds down: 94.96 % must not read as the 95 % that it misses. */
export function percent(share: number): string {
  return share >= 1 ? '100 %' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** `a, b and 3 more`: the whole list is in the samples. */
export function listed(items: readonly string[], limit = 3): string {
  if (items.length <= 1) return items[0] ?? 'nothing';
  const shown = items.slice(0, limit);
  if (items.length > limit) return `${shown.join(', ')} and ${items.length - limit} more`;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Replaces `{name}`; a name without a value stays visible, so that a test sees it. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
