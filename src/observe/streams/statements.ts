/** What a statement to a database says: an access to each of its tables, or to the database where it names none. */
import type { WireOf } from '../../model/wire.ts';
import type { Said } from '../meaning/said.ts';
import type { Statement } from '../wire/statement.ts';

type Peer = Pick<WireOf<'stream'>, 'daddr' | 'dport'>;

/**
 * Subjects: `<protocol>:<database>/<table>`, without a table `<protocol>:<database>`. A database that nobody named while
 * it was seen is called by the server's address, or `?`. Each table has all rows of its statement; sum `truncated`:
 * there may be more of both.
 *
 * @param at µs of the boot clock.
 */
export function statementSaid(statement: Statement, peer: Peer, at: number): Said[] {
  const { protocol, verb, rows, error, denied, user, truncated } = statement;
  const said = {
    kind: 'data-access' as const,
    context: verb,
    at,
    error: error || denied,
    denied,
    ...(user === null ? {} : { principal: `${protocol}:${user}` }),
    // What was refused was neither read nor written.
    ...(error || denied ? {} : { records: rows }),
    ...(truncated ? { sums: { truncated: 1 } } : {}),
  };
  const subjects = new Set(subjectsOf(statement, statement.database ?? addressOf(peer)));
  return [...subjects].map((subject) => ({ ...said, subject }));
}

function subjectsOf({ protocol, tables }: Statement, database: string): string[] {
  if (tables.length === 0) return [`${protocol}:${database}`];
  return tables.map((table) => {
    const dot = table.indexOf('.');
    // MySQL's schemas are its databases.
    if (protocol === 'mysql' && dot > 0) return `mysql:${table.slice(0, dot)}/${table.slice(dot + 1)}`;
    return `${protocol}:${database}/${table}`;
  });
}

function addressOf({ daddr, dport }: Peer): string {
  if (daddr === undefined) return '?';
  return `${daddr.includes(':') ? `[${daddr}]` : daddr}:${dport ?? 0}`;
}
