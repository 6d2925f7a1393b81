/**
 * Functions of strings that are decided; every other one is unknown. Regular expressions are not run: they are not ours.
 * https://cloud.google.com/iam/docs/conditions-attribute-reference
 */
import { type Cel, ERROR, HOLE, plain } from './cel.ts';

/** Null: not decided here. */
export function callFunction(name: string, of: Cel | null, args: readonly Cel[]): Cel | null {
  if (of?.type === 'error' || args.some((one) => one.type === 'error')) return ERROR;
  const [first] = args;
  if (of === null) return args.length === 1 && first ? plainFunction(name, first) : null;
  const subject = text(of);
  if (subject === null) return null;
  if (args.length === 0) return cased(name, subject);
  const argument = first && args.length === 1 ? text(first) : null;
  return argument === null ? null : stringFunction(name, subject, argument);
}

function text(value: Cel): string | null {
  return value.type === 'value' && typeof value.value === 'string' ? value.value : null;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

function plainFunction(name: string, argument: Cel): Cel | null {
  const value = text(argument);
  if (name === 'string' && value !== null) return argument;
  if (name !== 'timestamp' || value === null) return null;
  const milliseconds = TIMESTAMP.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? ERROR : { type: 'time', milliseconds };
}

function cased(name: string, subject: string): Cel | null {
  if (subject.includes(HOLE)) return null;
  if (name === 'lowerAscii') return plain(subject.replace(/[A-Z]+/g, (one) => one.toLowerCase()));
  if (name === 'upperAscii') return plain(subject.replace(/[a-z]+/g, (one) => one.toUpperCase()));
  return null;
}

function stringFunction(name: string, subject: string, argument: string): Cel | null {
  if (argument.includes(HOLE)) return null;
  if (name === 'startsWith') return startsWith(subject, argument);
  if (name === 'endsWith')
    return subject.includes(HOLE) && !subject.endsWith(argument) ? null : plain(subject.endsWith(argument));
  if (name === 'contains')
    return subject.includes(HOLE) && !subject.includes(argument) ? null : plain(subject.includes(argument));
  return name === 'extract' ? extract(subject, argument) : null;
}

/** Decided by what stands before the hole, where that is long enough. */
function startsWith(subject: string, prefix: string): Cel | null {
  const hole = subject.indexOf(HOLE);
  if (hole < 0 || hole >= prefix.length) return plain(subject.startsWith(prefix));
  return prefix.startsWith(subject.slice(0, hole)) ? null : plain(false);
}

/** `'/folder/{name}/'`: what stands between; empty where it does not occur. */
function extract(subject: string, template: string): Cel | null {
  const [open, close] = [template.indexOf('{'), template.indexOf('}')];
  if (open < 0 || close < open) return ERROR;
  const [before, after] = [template.slice(0, open), template.slice(close + 1)];
  const found = subject.indexOf(before);
  const start = found + before.length;
  const end = found < 0 || after === '' ? subject.length : subject.indexOf(after, start);
  // What is not known may have either part before where it was found.
  const skipped = subject.slice(0, found < 0 ? subject.length : found);
  const looked = after === '' ? '' : subject.slice(Math.max(0, start), end < 0 ? subject.length : end);
  if ((skipped + looked).includes(HOLE)) return null;
  return plain(found < 0 || end < 0 ? '' : subject.slice(start, end));
}
