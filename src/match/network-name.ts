/** Host names against the patterns of policies. Matching is linear in the name for each star. */

function plain(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** `*.example.com` covers every depth below, not the domain itself (network-policy-api, DomainName). */
export function domainMatches(pattern: string, name: string): boolean {
  const wanted = plain(pattern);
  return wanted.startsWith('*.') ? plain(name).endsWith(wanted.slice(1)) : plain(name) === wanted;
}

/**
 * Cilium's matchName and matchPattern: a star stands for any characters of one label, a lone star for every name,
 * `**.` at the beginning for one label or more (docs.cilium.io, DNS based).
 */
export function namePatternMatches(pattern: string, name: string): boolean {
  const wanted = plain(pattern);
  const given = plain(name);
  if (wanted === '*' || wanted === '') return wanted === '*';
  if (!wanted.startsWith('**.')) return labelsMatch(wanted.split('.'), given.split('.'));
  const below = wanted.slice(3).split('.');
  const labels = given.split('.');
  return labels.length > below.length && labelsMatch(below, labels.slice(labels.length - below.length));
}

function labelsMatch(patterns: readonly string[], labels: readonly string[]): boolean {
  return patterns.length === labels.length && patterns.every((one, at) => globMatches(one, labels[at]!));
}

/** The parts between stars are found one after the other, each as early as can be: no backtracking. */
export function globMatches(pattern: string, text: string): boolean {
  const [head, ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head!) || text.length < head!.length + tail.length || !text.endsWith(tail))
    return false;
  let from = head!.length;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - tail.length;
}
