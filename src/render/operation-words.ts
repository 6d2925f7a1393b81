/** What was heard, in a reader's words: sums and word lists of a row by their names. */
import type { OperationRow } from '../model/report.ts';

const number = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
export const short = (value: number): string => number.format(value);

/** `toolsAsked` → `tools asked` */
const spaced = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

/** What comes behind the number, `{s}` for several; null: other words of the row say it, or it is told apart below. */
const SUMS: Readonly<Record<string, string | null>> = {
  inputTokens: 'tokens in',
  outputTokens: 'tokens out',
  cachedTokens: 'tokens cached',
  toolsOffered: null,
  toolsAsked: 'tool call{s} asked for',
  promptsCut: 'prompt{s} too long to hash whole',
  durationUs: null,
  catalogs: 'catalog{s} listed',
  catalogChanges: 'catalog change{s}',
  listChanged: 'change{s} announced',
  truncated: 'beyond what is read',
  gap: 'with bytes missed',
  gaps: 'gap{s} in what was heard',
  cut: 'cut short',
  unmatched: 'answer{s} without a request',
  sampling: 'request{s} for a model',
  elicitation: 'question{s} to the user',
  roots: 'request{s} for roots',
};

/** What comes before the list; null: hashes, for those who compare reports. */
const WORDS: Readonly<Record<string, string | null>> = {
  answered: 'answered by',
  toolsAsked: 'model asks for',
  tools: 'on offer',
  toolsHash: null,
  promptTemplates: null,
  instructions: null,
  argumentShapes: 'arguments',
  contentKinds: 'content',
  asksOfClient: null,
  stated: 'calls itself',
  launchers: 'started by',
  pinning: 'version pinning',
  transports: 'over',
  protocols: 'protocol',
};

/** What `records` are, of kinds where they are something else. */
const RECORDS: Readonly<Partial<Record<OperationRow['kind'], [string, string]>>> = {
  'name-lookup': ['address', 'addresses'],
  'kubernetes-action': ['object', 'objects'],
  'tool-call': ['piece of content', 'pieces of content'],
};

/** `9.6K tokens in`, `37 ms each` */
export function sumRemarks(sums: OperationRow['sums'], count: number): string[] {
  const each = (sums.durationUs ?? 0) / Math.max(1, count) / 1000;
  return [
    ...Object.entries(sums).flatMap(([name, value]) => {
      const label = Object.hasOwn(SUMS, name) ? SUMS[name]! : spaced(name);
      return label === null || value === 0
        ? []
        : [`${short(value)} ${label.replace('{s}', value === 1 ? '' : 's')}`];
    }),
    ...(each > 0 ? [`${each < 10 ? Number(each.toPrecision(2)) : short(Math.round(each))} ms each`] : []),
  ];
}

/** What the subject says already is no remark: its own host, the model that it names. */
export function wordRemarks({ subject, context, kind, words }: OperationRow): string[] {
  const known = (word: string) =>
    word === subject ||
    word === context ||
    ['/', '#'].some((mark) => subject.startsWith(`${word}${mark}`)) ||
    subject.endsWith(`/${word}`);
  return Object.entries(words).flatMap(([name, list]) => {
    const label = Object.hasOwn(WORDS, name) ? WORDS[name]! : spaced(name);
    const told =
      list.every(known) ||
      (kind === 'prompt-template' && name === 'tools') ||
      (name === 'contentKinds' && list.every((one) => one === 'text'));
    return label === null || told ? [] : [`${label}${colon(name)} ${listed(list)}`];
  });
}

/** A preposition needs none. */
const colon = (name: string): string => (name === 'transports' || name === 'answered' ? '' : ':');

function listed(list: readonly string[]): string {
  return list.length <= 4 ? list.join(', ') : `${list.slice(0, 3).join(', ')} and ${list.length - 3} more`;
}

/** `120 records`; of a tool call only where it is not one piece each. */
export function recordRemark({ kind, records, count, sums }: OperationRow): string[] {
  if (records === 0 || (kind === 'tool-call' && records === count && !sums.truncated)) return [];
  const [one, many] = RECORDS[kind] ?? ['record', 'records'];
  return [`${short(records)} ${records === 1 ? one : many}`];
}

const LOGS: Readonly<Record<string, string>> = {
  'log:cloudtrail': 'CloudTrail',
  'log:kubernetes-audit': 'the Kubernetes audit log',
  'log:gcp-audit': 'the GCP audit log',
  'aws:last-accessed': 'last-accessed data of IAM',
};

/** What was not heard itself names who tells it, and of whom where that is not sure. */
export function sourceRemarks({ sources, oneOf = [] }: OperationRow): string[] {
  const logs = sources.flatMap((one) => (Object.hasOwn(LOGS, one) ? [LOGS[one]!] : []));
  return [
    ...(logs.length > 0 ? [`told by ${logs.join(', ')}`] : []),
    ...(oneOf.length > 0 ? [`by one of ${listed(oneOf)}, who may each act as it`] : []),
  ];
}
