/** DNS over UDP and TCP: what was asked, and which address has which name. */
import type { Said } from '../meaning/said.ts';
import { A, AAAA, type DnsMessage, parseDns } from '../wire/dns.ts';
import { learnName, type Names } from './names.ts';
import type { Reader } from './stream.ts';

const REFUSED = 5;
const TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [65, 'HTTPS'],
]);

/** Each answer is one look-up; a question that nobody answered is none yet. */
export function dnsReader(names: Names, hear: (said: Said) => void): Reader {
  const side = (answers: boolean) => ({
    push(bytes: Uint8Array, at: number) {
      const message = parseDns(bytes) ?? parseDns(bytes.subarray(2));
      if (message?.response === true && answers) answered(names, message, at, hear);
    },
    gap: () => {},
    end: () => {},
  });
  return { in: side(true), out: side(false) };
}

function answered(
  names: Names,
  { questions, answers, code }: DnsMessage,
  at: number,
  hear: (said: Said) => void,
): void {
  const [question] = questions;
  if (!question) return;
  const addresses = answers.filter(({ type }) => type === A || type === AAAA);
  // An alias leads to the address: what was asked for is what it is called here.
  for (const { value } of addresses) learnName(names, value, question.name);
  hear({
    kind: 'name-lookup',
    subject: question.name,
    context: TYPES.get(question.type) ?? `TYPE${question.type}`,
    at,
    records: answers.length,
    error: code !== 0,
    denied: code === REFUSED,
  });
}
