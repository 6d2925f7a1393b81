/** DNS messages (RFC 1035 §4): the question, and the addresses and aliases in the answer. */
import { ipv4, ipv6 } from './dns-address.ts';
import { readName } from './dns-name.ts';
import { readService } from './dns-service.ts';
import { createRecords } from './records.ts';
import type { Decoder } from './types.ts';

export type DnsMessage = {
  id: number;
  response: boolean;
  /** 0 NOERROR, 3 NXDOMAIN …; with the upper bits that EDNS adds (RFC 6891 §6.1.3). */
  code: number;
  questions: readonly DnsQuestion[];
  answers: readonly DnsAnswer[];
  /** The sender left answers out (TC), or the message was cut: there are more than these. */
  truncated: boolean;
};

export type DnsQuestion = { name: string; type: number };

export type DnsAnswer = {
  name: string;
  type: number;
  /** Seconds. */
  ttl: number;
  /** Address, or the name that it is an alias of (CNAME), or that serves it (SVCB, HTTPS). */
  value: string;
  /** SVCB, HTTPS: addresses of that name, so that nobody has to ask for them (RFC 9460 §7.3). */
  hints?: readonly string[];
  /** SVCB, HTTPS: protocols that it speaks (§7.1). */
  protocols?: readonly string[];
};

export const A = 1;
const CNAME = 5;
export const AAAA = 28;
const OPT = 41;
const SVCB = 64;
const HTTPS = 65;

const HEADER = 12;
const MAX_QUESTIONS = 8;
const MAX_ANSWERS = 256;

/** A resource record, without its data (RFC 1035 §4.1.3). */
type Resource = { name: string; type: number; ttl: number; start: number; end: number };

/** @returns null for what is no DNS message. A cut one gives what stands before the cut. */
export function parseDns(bytes: Uint8Array): DnsMessage | null {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (input.length < HEADER) return null;
  const flags = input.readUInt16BE(2);
  const [asked, answered, authorities, additional] = [4, 6, 8, 10].map((at) =>
    input.readUInt16BE(at),
  ) as Counts;
  // Opcode QUERY, and the bit that must be zero. Responders copy one question; multicast asks for more.
  if ((flags & 0x7840) !== 0 || asked === 0 || asked > MAX_QUESTIONS) return null;
  const questions = readQuestions(input, asked);
  if (questions === null) return null;
  const answers = readAnswers(input, questions.end, answered);
  const opt = answers.whole ? findOpt(input, answers.end, authorities, additional) : null;
  return {
    id: input.readUInt16BE(0),
    response: (flags & 0x8000) !== 0,
    code: (flags & 15) | (opt ? (opt.ttl >>> 24) << 4 : 0),
    questions: questions.list,
    answers: answers.list,
    truncated: (flags & 0x0200) !== 0 || !answers.whole,
  };
}

type Counts = [asked: number, answered: number, authorities: number, additional: number];

function readQuestions(input: Buffer, count: number): { list: DnsQuestion[]; end: number } | null {
  const list: DnsQuestion[] = [];
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const name = readName(input, at);
    if (!name || name.end + 4 > input.length) return null;
    list.push({ name: name.text, type: input.readUInt16BE(name.end) });
    at = name.end + 4;
  }
  return { list, end: at };
}

function readAnswers(
  input: Buffer,
  from: number,
  count: number,
): { list: DnsAnswer[]; end: number; whole: boolean } {
  const list: DnsAnswer[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    const found = i < MAX_ANSWERS ? readResource(input, at) : null;
    if (!found) return { list, end: at, whole: false };
    const answer = answerOf(input, found);
    if (answer) list.push(answer);
    at = found.end;
  }
  return { list, end: at, whole: true };
}

function readResource(input: Buffer, at: number): Resource | null {
  const name = readName(input, at);
  if (!name || name.end + 10 > input.length) return null;
  const start = name.end + 10;
  const end = start + input.readUInt16BE(name.end + 8);
  if (end > input.length) return null;
  return {
    name: name.text,
    type: input.readUInt16BE(name.end),
    ttl: input.readUInt32BE(name.end + 4),
    start,
    end,
  };
}

/** RFC 6891 §6.1: a record among the additional ones, whose TTL is something else. */
function findOpt(input: Buffer, from: number, authorities: number, additional: number): Resource | null {
  let at = from;
  for (let i = 0; i < Math.min(authorities + additional, MAX_ANSWERS); i++) {
    const found = readResource(input, at);
    if (!found) return null;
    if (found.type === OPT && i >= authorities) return found;
    at = found.end;
  }
  return null;
}

/** @returns null for a type that nobody needs, or data that is not of its type. */
function answerOf(input: Buffer, { name, type, ttl, start, end }: Resource): DnsAnswer | null {
  const data = input.subarray(start, end);
  const of = (value: string | undefined): DnsAnswer | null =>
    value === undefined ? null : { name, type, ttl, value };
  if (type === A) return of(data.length === 4 ? ipv4(data) : undefined);
  if (type === AAAA) return of(data.length === 16 ? ipv6(data) : undefined);
  if (type === CNAME) return of(readName(input, start)?.text);
  if (type !== SVCB && type !== HTTPS) return null;
  const service = readService(input, start, end);
  // `.`: the name itself (RFC 9460 §2.5).
  return service && { name, type, ttl, ...service, value: service.value || name };
}

/** DNS over TCP: a 2-byte length before each message (RFC 1035 §4.2.2). A message with a hole is given up. */
export function createDnsTcp(on: (message: DnsMessage, at: number) => void): Decoder {
  let now = 0;
  const records = createRecords(
    (bytes, size) => {
      const message = bytes.length === size ? parseDns(bytes.subarray(2)) : null;
      if (message) on(message, now);
    },
    { measure: (bytes) => (bytes.length < 2 ? 0 : 2 + bytes.readUInt16BE(0)), head: 2, max: 2 + 0xffff },
  );
  return {
    push(bytes, at) {
      now = at;
      records.push(bytes);
    },
    gap(bytes) {
      // What is written next begins with a message, if anything does.
      if (!records.skip(bytes)) records.restart();
    },
    end: records.restart,
  };
}
