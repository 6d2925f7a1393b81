import type { Signal } from '../model/kinds.ts';
import type { WireFamily, WireHeader } from '../model/wire.ts';
import { sanitizeLine } from './sanitize.ts';
import { padEnd, width } from './text.ts';

/** What nobody can tell where a family is not attached. */
const WITHOUT = {
  process:
    'processes and lineage: what runs is cannot-tell, and attribution on a bare host is by cgroup only',
  file: 'opened files: secrets and tokens never read, libraries never loaded are cannot-tell',
  mapping: 'loaded libraries and models: all artifact findings are cannot-tell',
  network: 'connections: all egress findings are cannot-tell',
  syscall: 'system calls: no seccomp profile is derived',
  tls: 'what passes under TLS: models, tools and APIs called over HTTPS',
  plaintext: 'what passes over plain sockets: HTTP, databases, the name in a TLS handshake',
  stdio: 'MCP over pipes: tools of servers that the agent starts',
  dns: 'names behind addresses',
} as const satisfies Record<Signal, string>;

/** Without one of these a snapshot says next to nothing; syscall only costs the seccomp profile. */
export const CORE_FAMILIES: readonly Signal[] = ['process', 'file', 'mapping', 'network'];

export function isAttached(family: WireFamily): boolean {
  return family.attached_us !== undefined;
}

/** Families of the header that did not attach, and those that it does not mention. */
export function missingFamilies(header: WireHeader, asked: readonly Signal[]): readonly Signal[] {
  return asked.filter(
    (name) => !header.families.some((family) => family.family === name && isAttached(family)),
  );
}

type Program = WireFamily['programs'][number];

/** Refused, and no alternative (`name__alt`) of the same program is attached in its place. */
export function refusedPrograms({ programs }: WireFamily): readonly Program[] {
  const base = ({ name }: Program) => name.replace(/__alt\d*$/, '');
  const attached = new Set(programs.filter((program) => program.attached).map(base));
  return programs.filter((p) => !p.attached && p.stage !== 'skipped' && !attached.has(base(p)));
}

/** What attaches here and what not, and what that makes cannot-tell. */
export function checkReport(header: WireHeader, asked: readonly Signal[]): string {
  const missing = missingFamilies(header, asked);
  const lines = [
    `node ${header.node}, kernel ${header.kernel}, ${header.arch}, cgroup ${header.cgroup}, sensor ${header.sensor}`,
    '',
    ...table([['FAMILY', 'PROGRAM', 'HOOK', 'ATTACHED'], ...header.families.flatMap(programRows)]),
    '',
    ...(missing.length === 0
      ? ['All families attach here.']
      : ['Not attached, and so cannot-tell:', ...missing.map((name) => `  ${name}: ${WITHOUT[name]}`)]),
  ];
  return `${lines.map(sanitizeLine).join('\n')}\n`;
}

function programRows(family: WireFamily): string[][] {
  const refused = refusedPrograms(family);
  return family.programs.map((program, index) => [
    index === 0 ? family.family : '',
    program.name,
    program.hook,
    program.attached ? 'yes' : notAttached(program, refused.includes(program)),
  ]);
}

function notAttached({ stage, errno, error }: Program, refused: boolean): string {
  if (!refused) return `not needed: ${error ?? 'an alternative is attached'}`;
  const why = errno === undefined ? '' : `, errno ${errno}`;
  return `NO at ${stage ?? 'attach'}${why}${error === undefined ? '' : ` (${error})`}`;
}

function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column]!))));
  return rows.map((row) =>
    row
      .map((cell, column) => padEnd(cell, widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
