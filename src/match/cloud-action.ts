/**
 * Does an observed action of a cloud fall under what a policy grants? Observed resources are patterns themselves where
 * the wire did not tell all of them (`arn:aws:s3:::corpus/*`): then the answer may be `unknown`.
 */
import type { Cloud, Pattern } from '../model/configured.ts';
import { compileGlob, type Glob, globMatches } from './aws/glob.ts';
import { scopeCovers } from './azure/scope.ts';
import { globsOverlap } from './glob-overlap.ts';
import { any, both, known, type Ternary } from './ternary.ts';

export type CloudPattern = Extract<Pattern, { type: 'cloud' }>;
export type CloudUse = {
  cloud: Cloud;
  action: string;
  /** Null: not told. */
  resource: string | null;
};
type Compiled = { actions: readonly Glob[]; resources: readonly { text: string; glob: Glob }[] };

/** `aws:s3:GetObject` with its context; null for calls of which no permission is known (`aws:s3:?GET /x`). */
export function parseCloudUse(subject: string, context: string | null): CloudUse | null {
  const at = subject.indexOf(':');
  const cloud = subject.slice(0, at);
  if (cloud !== 'aws' && cloud !== 'gcp' && cloud !== 'azure') return null;
  const action = subject.slice(at + 1);
  return action.includes('?') ? null : { cloud, action: folded(cloud, action), resource: context };
}

export function cloudPatternMatches(pattern: CloudPattern, use: CloudUse): Ternary {
  if (pattern.cloud !== use.cloud) return 'no';
  const { actions, resources } = compile(pattern);
  const action = known(actions.some((glob) => globMatches(glob, use.action)));
  const wanted = pattern.notActions ? not(action) : action;
  if (wanted === 'no') return 'no';
  const resource = any(resources, ({ text, glob }) => resourceMatches(use, text, glob));
  return both(wanted, pattern.notResources ? not(resource) : resource);
}

/** Names of AWS and Azure have no case; permissions of GCP have. */
function folded(cloud: Cloud, text: string): string {
  return cloud === 'gcp' ? text : text.toLowerCase();
}

/** A pattern is asked about every use of its holder. */
const compiled = new WeakMap<CloudPattern, Compiled>();

function compile(pattern: CloudPattern): Compiled {
  const ready = compiled.get(pattern);
  if (ready) return ready;
  const { cloud } = pattern;
  const made = {
    actions: pattern.actions.map((one) => compileGlob(folded(cloud, one))),
    resources: pattern.resources.map((text) => ({ text, glob: compileGlob(text) })),
  };
  compiled.set(pattern, made);
  return made;
}

function not(answer: Ternary): Ternary {
  if (answer === 'unknown') return answer;
  return answer === 'yes' ? 'no' : 'yes';
}

function resourceMatches({ cloud, resource }: CloudUse, pattern: string, glob: Glob): Ternary {
  if (pattern === '*') return 'yes';
  if (resource === null) return 'unknown';
  if (cloud === 'gcp') return below(pattern, resource);
  if (cloud === 'azure') return scopeCovers(pattern, resource);
  // A star of what was observed stands for anything: covered as a whole, or perhaps.
  if (globMatches(glob, resource)) return 'yes';
  return resource.includes('*') && globsOverlap(pattern, resource) ? 'unknown' : 'no';
}

/** A grant on a project or folder holds for all below. Of buckets the wire tells no project. */
function below(pattern: string, resource: string): Ternary {
  if (resource === pattern || resource.startsWith(`${pattern}/`)) return 'yes';
  return resource.startsWith('projects/_/') || resource.includes('*') ? 'unknown' : 'no';
}
