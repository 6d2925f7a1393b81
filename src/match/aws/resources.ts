/** Resources of a statement. */
import { any, type Ternary } from '../ternary.ts';
import { type ArnPattern, type ArnText, arnMatches, compileArn, parseArn } from './arn.ts';
import { type ArnTemplate, arnTemplateMatches, compileArnTemplate } from './arn-template.ts';
import type { Lookup } from './context.ts';
import { hasVariables } from './variables.ts';

export type ResourceSet = {
  everything: boolean;
  /** As written; without a wildcard a pattern is its text. */
  exact: ReadonlySet<string>;
  patterns: readonly ArnPattern[];
  templates: readonly ArnTemplate[];
};

export function compileResources(resources: readonly string[], variables: boolean): ResourceSet {
  const templates = variables ? resources.filter(hasVariables) : [];
  const fixed = variables ? resources.filter((one) => !hasVariables(one)) : resources;
  const patterns = fixed.filter((one) => /[*?]/.test(one) || one.split(':', 6).length < 6).map(compileArn);
  return {
    everything: patterns.some((one) => one.everything),
    exact: new Set(fixed),
    patterns,
    templates: templates.map(compileArnTemplate),
  };
}

/** `arn` null: the resource is not known, and only what holds for every one is certain. */
export function resourceMatches(set: ResourceSet, arn: ArnText | null, lookup: Lookup): Ternary {
  if (set.everything) return 'yes';
  if (arn === null) return set.exact.size + set.templates.length > 0 ? 'unknown' : 'no';
  if (set.exact.has(arn.text)) return 'yes';
  const fixed = any(set.patterns, (pattern) => arnMatches(pattern, arn));
  if (fixed === 'yes' || (set.templates.length === 0 && !arn.pattern)) return fixed;
  const filled = any(set.templates, (template) => arnTemplateMatches(template, arn, lookup));
  if (filled !== 'no' || fixed !== 'no') return filled === 'yes' ? filled : 'unknown';
  return arn.pattern ? meetsExact(set, arn) : 'no';
}

/** Whether a resource that is named whole can be what the pattern that is asked about stands for. */
function meetsExact({ exact }: ResourceSet, arn: ArnText): Ternary {
  const asked = compileArn(arn.text);
  for (const one of exact) if (arnMatches(asked, parseArn(one, false)) === 'yes') return 'unknown';
  return 'no';
}
