/** DNS messages (RFC 1035 §4): the question, and the addresses and aliases in the answer. */

export type DnsMessage = {
  id: number;
  response: boolean;
  /** 0 NOERROR, 3 NXDOMAIN … */
  code: number;
  questions: readonly { name: string; type: number }[];
  answers: readonly DnsAnswer[];
};
export type DnsAnswer = {
  name: string;
  type: number;
  ttl: number /** Address, or the name that it is an alias of. */;
  value: string;
};

export const A = 1;
const CNAME = 5;
export const AAAA = 28;

const HEADER = 12;
const MAX_QUESTIONS = 8;
const MAX_ANSWERS = 256;
const MAX_NAME = 253;
const MAX_LABELS = 128;

/** @returns null for what is no DNS message. A cut one gives what stands before the cut. */
export function parseDns(bytes: Uint8Array): DnsMessage | null {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (input.length < HEADER) return null;
  const flags = input.readUInt16BE(2);
  // Opcode QUERY and the bit that must be zero.
  if ((flags & 0x7840) !== 0) return null;
  const questions: { name: string; type: number }[] = [];
  let at = HEADER;
  for (let i = input.readUInt16BE(4); i > 0 && questions.length < MAX_QUESTIONS; i--) {
    const name = readName(input, at);
    if (!name || name.end + 4 > input.length) return null;
    questions.push({ name: name.text, type: input.readUInt16BE(name.end) });
    at = name.end + 4;
  }
  if (questions.length === 0) return null;
  const answers = readAnswers(input, at, input.readUInt16BE(6));
  return {
    id: input.readUInt16BE(0),
    response: (flags & 0x8000) !== 0,
    code: flags & 15,
    questions,
    answers,
  };
}

function readAnswers(input: Buffer, from: number, count: number): DnsAnswer[] {
  const answers: DnsAnswer[] = [];
  let at = from;
  for (let i = 0; i < count && answers.length < MAX_ANSWERS; i++) {
    const name = readName(input, at);
    if (!name || name.end + 10 > input.length) break;
    const type = input.readUInt16BE(name.end);
    const ttl = input.readUInt32BE(name.end + 4);
    const start = name.end + 10;
    const end = start + input.readUInt16BE(name.end + 8);
    if (end > input.length) break;
    const value = dataOf(input, type, start, end);
    if (value !== null) answers.push({ name: name.text, type, ttl, value });
    at = end;
  }
  return answers;
}

function dataOf(input: Buffer, type: number, start: number, end: number): string | null {
  if (type === A && end - start === 4) return input.subarray(start, end).join('.');
  if (type === AAAA && end - start === 16) return ipv6(input.subarray(start, end));
  return type === CNAME ? (readName(input, start)?.text ?? null) : null;
}

/** RFC 5952: the longest run of two or more zero groups is written `::`. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i));
  let [best, length] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > length) [best, length] = [start, end - start];
    if (end > start) start = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (best < 0) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + length).join(':')}`;
}

type Name = { text: string /** Where what follows it begins. */; end: number };

/** Labels, and pointers to earlier ones (§4.1.4): a pointer may only lead back, so no loop ends in none. */
function readName(input: Buffer, from: number): Name | null {
  const labels: string[] = [];
  let at = from;
  let end: number | null = null;
  let bound = from;
  for (let i = 0; i < MAX_LABELS; i++) {
    const size = input[at];
    if (size === undefined) return null;
    if (size === 0) return { text: clean(labels), end: end ?? at + 1 };
    if (size >= 0xc0) {
      if (at + 2 > input.length) return null;
      const to = input.readUInt16BE(at) & 0x3fff;
      end ??= at + 2;
      if (to >= bound) return null;
      bound = to;
      at = to;
    } else {
      if (size > 63 || at + 1 + size > input.length) return null;
      labels.push(input.toString('latin1', at + 1, at + 1 + size));
      at += 1 + size;
    }
  }
  return null;
}

/** Names may hold any byte; what is no letter, digit, `-` or `_` is no host's. */
function clean(labels: readonly string[]): string {
  return labels
    .map((label) => label.replace(/[^A-Za-z0-9_*-]/g, '?'))
    .join('.')
    .toLowerCase()
    .slice(0, MAX_NAME);
}
