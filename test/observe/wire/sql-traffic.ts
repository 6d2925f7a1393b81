/** Recorded traffic of real clients and servers, and what their statements truly did: counts and errors by the client's own account. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OnStatement, Statement } from '../../../src/observe/wire/statement.ts';
import type { Duplex } from '../../../src/observe/wire/types.ts';
import { feed, type Passed } from './traffic.ts';

type Recorded = { from: Passed['from']; bytes: string };
type File = {
  server: string;
  client: string;
  connections: { passed: Recorded[]; statements: Partial<Statement>[] }[];
};

export type Recording = { name: string; passed: Passed[]; statements: Statement[] };

/** One for each connection. */
export function recordings(protocol: Statement['protocol']): Recording[] {
  const folder = fileURLToPath(new URL(`../../../fixtures/wire/${protocol}/`, import.meta.url));
  const plain = { protocol, rows: 0, tables: [], error: false, denied: false, truncated: false };
  return readdirSync(folder).flatMap((name) => {
    const { connections, server, client } = JSON.parse(readFileSync(folder + name, 'utf8')) as File;
    return connections.map(({ passed, statements }, i) => ({
      name: `${name} ${i}: ${client}, ${server}`,
      passed: passed.map(({ from, bytes }) => ({ from, bytes: Buffer.from(bytes, 'base64') })),
      statements: statements.map((one) => ({ ...plain, ...one }) as Statement),
    }));
  });
}

export type Create = (on: OnStatement) => Duplex;

/** All that a decoder says of a recording. */
export function statementsOf(
  create: Create,
  passed: readonly Passed[],
  cuts?: readonly number[],
): Statement[] {
  const statements: Statement[] = [];
  feed(
    create((statement) => statements.push(statement)),
    passed,
    cuts,
  );
  return statements;
}

/** What two statements must share to be the same one, seen more or less well. */
export const sameStatement = ({ verb, tables, database, user }: Statement): string =>
  JSON.stringify([verb, tables, database, user]);
