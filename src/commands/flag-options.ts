/** A flag as data, as commander's option with its environment twin, and as a key of ai-spm.yaml. */
import { InvalidArgumentError, Option } from 'commander';
import type { FlagSpec } from './flags.ts';

export function toOption(spec: FlagSpec, env: Readonly<Record<string, string | undefined>>): Option {
  const { flags, text, type, choices, fallback, group } = spec;
  const option = new Option(flags, text);
  if (group) option.helpGroup(`${group}:`);
  if (choices) option.choices(choices);
  if (type === 'number') option.argParser(wholeNumber);
  if (type === 'list') option.argParser(appendTo).default([]);
  else if (option.isBoolean() && !option.negate) option.default(false);
  else if (fallback !== undefined) option.default(fallback);
  const twin = `AI_SPM_${option.name().replaceAll('-', '_').toUpperCase()}`;
  // commander takes any value for "on"; AI_SPM_NOW=0 must not turn it on.
  const off = isSwitch(spec) && /^(0|false|no|off|)$/i.test(env[twin] ?? '');
  return off ? option : option.env(twin);
}

/** The key that sets it in ai-spm.yaml. */
export function fileKey({ flags }: FlagSpec): string {
  return /--([a-z-]+)/.exec(flags)![1]!;
}

/**
 * What a value of ai-spm.yaml means, held to the same rules as on the command line.
 *
 * @param value as YAML gives it: text, number, true or false, or a list of texts
 * @throws InvalidArgumentError saying what was expected
 */
export function fileValue(spec: FlagSpec, value: unknown): unknown {
  if (isSwitch(spec)) {
    if (typeof value !== 'boolean') throw new InvalidArgumentError('expected true or false.');
    return spec.flags.includes('--no-') ? !value : value;
  }
  if (spec.type === 'list') return Array.isArray(value) ? value : [oneText(value)];
  const text = oneText(value);
  if (spec.type === 'number') return wholeNumber(text);
  if (spec.choices && !spec.choices.includes(text))
    throw new InvalidArgumentError(`expected one of ${spec.choices.join(', ')}.`);
  return text;
}

function isSwitch({ flags }: FlagSpec): boolean {
  return !flags.includes('<');
}

function oneText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new InvalidArgumentError('expected one text.');
}

const appendTo = (value: string, previous: readonly string[] = []) => [...previous, value];

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('expected a whole number.');
  }
  return number;
}
