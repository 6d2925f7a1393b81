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
