/** Names as the APIs write them. */

export function projectOfName(name: string): string | null {
  return /^projects\/([^/]{1,200})(?:\/|$)/.exec(name)?.[1] ?? null;
}

/** Node that a name is of: `organizations/1` of `organizations/1/locations/global/policyBindings/b`. */
export function nodeOfName(name: string): string | null {
  return /^((?:projects|folders|organizations)\/[^/]{1,200})(?:\/|$)/.exec(name)?.[1] ?? null;
}
