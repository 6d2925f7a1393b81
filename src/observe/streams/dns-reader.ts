/** DNS over UDP and TCP: what was asked, and which address has which name. */
import type { Said } from '../meaning/said.ts';
import { A, AAAA, createDnsTcp, type DnsAnswer, type DnsMessage, parseDns } from '../wire/dns.ts';
import type { Decoder } from '../wire/types.ts';
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

const DEAF: Decoder = { push: () => {}, gap: () => {}, end: () => {} };

/** Each answer is one look-up; a question that nobody answered is none yet. */
export function dnsReader(
  names: Names,
  hear: (said: Said) => void,
  proto: 'tcp' | 'udp' | undefined,
): Reader {
  const on = (message: DnsMessage, at: number): void => {
    if (message.response) answered(names, message, at, hear);
  };
  if (proto === 'tcp') return { in: createDnsTcp(on), out: DEAF };
  // Each datagram is whole.
  return { in: datagrams(on), out: DEAF, rest: () => ({ spoken: null }) };
}

function datagrams(on: (message: DnsMessage, at: number) => void): Decoder {
  return {
    ...DEAF,
    push(bytes, at) {
      const message = parseDns(bytes);
      if (message) on(message, at);
    },
  };
}

function answered(
  names: Names,
  { questions, answers, code }: DnsMessage,
  at: number,
  hear: (said: Said) => void,
): void {
  const [question] = questions;
  if (!question) return;
  // An alias leads to the address: what was asked for is what it is called here.
  for (const address of answers.flatMap(addressesIn)) learnName(names, address, question.name);
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

/** A service may name its addresses itself. */
function addressesIn({ type, value, hints = [] }: DnsAnswer): readonly string[] {
  return type === A || type === AAAA ? [value] : hints;
}
