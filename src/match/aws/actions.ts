/** Actions of a statement, `service:Name`, without case. Whatever is neither stays text that no action equals. */
import { compileGlob, type Glob, globMatches, isEverything } from './glob.ts';

export type ActionSet = {
  everything: boolean;
  exact: ReadonlySet<string>;
  globs: readonly Glob[];
  /** Services of the patterns; null: a pattern names none alone. */
  services: readonly string[] | null;
};

export function compileActions(actions: readonly string[]): ActionSet {
  const lower = actions.map((action) => action.toLowerCase());
  const patterns = lower.filter((action) => /[*?]/.test(action));
  const globs = patterns.map(compileGlob);
  const services = patterns.map((action) => action.slice(0, Math.max(0, action.indexOf(':'))));
  return {
    everything: patterns.some((one, i) => one === '*:*' || isEverything(globs[i]!)),
    exact: new Set(lower.filter((action) => !/[*?]/.test(action))),
    globs,
    services: services.every((one) => /^[a-z0-9-]+$/.test(one)) ? services : null,
  };
}

/** `action`: in lower case. */
export function actionMatches(set: ActionSet, action: string): boolean {
  return set.everything || set.exact.has(action) || set.globs.some((glob) => globMatches(glob, action));
}

/** Very many actions: each is held to the patterns of its own service alone. */
export type ActionIndex = { all: ActionSet; byService: ReadonlyMap<string, ActionSet> };

export function indexActions(actions: readonly string[]): ActionIndex {
  const lists = new Map<string, string[]>();
  for (const action of actions) {
    const service = /^[a-z0-9-]+(?=:)/i.exec(action)?.[0].toLowerCase() ?? '';
    const list = lists.get(service);
    if (list) list.push(action);
    else lists.set(service, [action]);
  }
  const byService = new Map([...lists].map(([service, list]) => [service, compileActions(list)]));
  return { all: compileActions(lists.get('') ?? []), byService };
}

/** `action`: in lower case; a pattern is in it where its text, stars and all, is matched. */
export function isIn({ all, byService }: ActionIndex, action: string): boolean {
  const set = byService.get(action.slice(0, Math.max(0, action.indexOf(':'))));
  return actionMatches(all, action) || (set !== undefined && actionMatches(set, action));
}
