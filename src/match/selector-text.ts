/** kubectl's selector syntax: `app=web,tier!=cache,env in (a,b),!legacy` (apimachinery, labels.Parse). */
import type { LabelSelector } from '../model/kubernetes.ts';

type Requirement = LabelSelector['matchExpressions'][number];

const KEY = '(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const VALUE = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?';
const EQUALITY = new RegExp(`^(${KEY})\\s*(==?|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const PRESENCE = new RegExp(`^(!?)\\s*(${KEY})$`);
const VALUE_ONLY = new RegExp(`^${VALUE}$`);

/** The selector, or the part of the text that is no requirement. */
export function parseSelector(text: string): { selector: LabelSelector } | { refused: string } {
  const matchExpressions: Requirement[] = [];
  for (const part of text.split(/,(?![^(]*\))/).map((one) => one.trim())) {
    const requirement = parseRequirement(part);
    if (requirement === null) return { refused: part };
    matchExpressions.push(requirement);
  }
  return { selector: { matchLabels: {}, matchExpressions } };
}

function parseRequirement(part: string): Requirement | null {
  const equality = EQUALITY.exec(part);
  if (equality)
    return { key: equality[1]!, operator: equality[2] === '!=' ? 'NotIn' : 'In', values: [equality[3]!] };
  const set = SET.exec(part);
  if (set) {
    const values = set[3]!.split(',').map((value) => value.trim());
    const valid = values.every((value) => VALUE_ONLY.test(value));
    return valid ? { key: set[1]!, operator: set[2] === 'in' ? 'In' : 'NotIn', values } : null;
  }
  const presence = PRESENCE.exec(part);
  return presence && { key: presence[2]!, operator: presence[1] ? 'DoesNotExist' : 'Exists', values: [] };
}
