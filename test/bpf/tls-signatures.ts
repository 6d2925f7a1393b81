/**
 * Makes bpf/tls-signatures.h of builds that still have their symbols, to find the same code in stripped ones:
 *
 *   node test/bpf/tls-signatures.ts BINARY... > bpf/tls-signatures.h
 *
 * A signature is the begin of a function, without what linking or another line of source would change: addresses
 * relative to the code, targets of calls, line numbers of error reports. x86-64 only.
 */
import { execFileSync } from 'node:child_process';

const FUNCTIONS = {
  TLS_READ: 'SSL_read',
  TLS_WRITE: 'SSL_write',
  TLS_READ_EX: 'SSL_read_ex',
  TLS_WRITE_EX: 'SSL_write_ex',
  TLS_FREE: 'SSL_free',
};
const LONGEST = 192;

type Instruction = { at: number; bytes: number[]; text: string };

function disassemble(binary: string, name: string): Instruction[] {
  const args = ['-d', '-w', `--disassemble=${name}`, binary];
  const listing = execFileSync('objdump', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const rows = [...listing.matchAll(/^\s*([0-9a-f]+):\t([0-9a-f ]+)\t(.*)$/gm)];
  return rows.map(([, at, bytes, text]) => ({
    at: Number.parseInt(at!, 16),
    bytes: bytes!
      .trim()
      .split(' ')
      .map((byte) => Number.parseInt(byte, 16)),
    text: text!.trim(),
  }));
}

/** The bytes of one instruction, `undefined` for those that may be others elsewhere. */
function masked({ at, bytes, text }: Instruction, begin: number, end: number): (number | undefined)[] {
  const out: (number | undefined)[] = [...bytes];
  const hide = (from: number) => out.fill(undefined, from, from + 4);
  const target = Number.parseInt(/^(?:call|jmp|j\w+)\s+([0-9a-f]+)/.exec(text)?.[1] ?? '', 16);
  if (Number.isFinite(target) && (target < begin || target >= end)) hide(bytes.length - 4);
  const data = Number.parseInt(/\(%rip\).*# ([0-9a-f]+)/.exec(text)?.[1] ?? '', 16);
  if (Number.isFinite(data)) {
    const displacement = data - (at + bytes.length);
    const view = Buffer.from(bytes);
    for (let i = 1; i + 4 <= bytes.length; i++) if (view.readInt32LE(i) === displacement) hide(i);
  }
  // ERR_set_debug(file, line, function): the line is the second argument.
  if (bytes[0] === 0xbe && bytes.length === 5) hide(1);
  return out;
}

function signature(binary: string, name: string): string {
  const code = disassemble(binary, name);
  const begin = code[0]!.at;
  const end = code.at(-1)!.at + code.at(-1)!.bytes.length;
  const bytes: (number | undefined)[] = [];
  for (const instruction of code) {
    const next = masked(instruction, begin, end);
    if (bytes.length + next.length > LONGEST) break;
    bytes.push(...next);
    // What follows an early return's padding is another function's, in a short one.
    if (/^(ret|jmp\s+[0-9a-f]+ <(?!\w+\+))/.test(instruction.text) && bytes.length >= 24) break;
  }
  return bytes.map((byte) => (byte === undefined ? '..' : byte.toString(16).padStart(2, '0'))).join('');
}

function versions(binary: string): string {
  const script = 'process.version + ", OpenSSL " + process.versions.openssl';
  return execFileSync(binary, ['-p', script], { encoding: 'utf8' }).trim();
}

const sets = process.argv.slice(2).map((binary) => {
  const rows = Object.entries(FUNCTIONS).map(([id, name]) => `\t\t[${id}] = "${signature(binary, name)}",`);
  return `\t{ .library = LIB_OPENSSL, .code = { /* node ${versions(binary)} */\n${rows.join('\n')}\n\t} },`;
});
process.stdout.write(`/* SPDX-License-Identifier: Apache-2.0 */
/* Made by test/bpf/tls-signatures.ts. Hex; ".." is any byte. */
static const struct signatures known[] = {
${sets.join('\n')}
};
`);
