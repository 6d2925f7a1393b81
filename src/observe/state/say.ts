/** What a reader says becomes rows, sessions, details and epochs of the process tree that it was read from. */
import type { Said, SessionRef } from '../meaning/said.ts';
import { addDetail, addMark } from './details.ts';
import { tallyIn } from './entries.ts';
import type { Origin } from './processes.ts';
import { blockOf, namedSession, type Run } from './run.ts';
import { target, type Use } from './tallies.ts';
import { currentOrigin } from './trees.ts';

const MAX_NAME = 1024;

/** @param source `sensor:tls` …: by which probes it was seen. */
export function say(run: Run, at: Origin, source: string, said: Said): void {
  const origin = currentOrigin(at);
  const clipped = { ...said, subject: said.subject.slice(0, MAX_NAME) };
  addDetail(origin.details, clipped);
  if (said.epoch) addMark(origin.marks, { ...said.epoch, at: said.at });
  const use = counted(said);
  if (use.count === 0 && use.bytes === 0) return;
  run.events += use.count;
  tallyIn(run, origin, targetOf(clipped, source), use, blockFor(run, origin, said));
}

function counted({ at, count = 1, bytes = 0, records = 0, error, denied }: Said): Use {
  const refused = denied ? count : 0;
  const failed = error || denied ? count : 0;
  return { count, bytes, records, errors: failed, denied: refused, first: at, last: at };
}

function targetOf({ kind, subject, context, principal }: Said, source: string) {
  return target({
    kind,
    subject,
    source,
    cell: subject,
    context: context?.slice(0, MAX_NAME) ?? null,
    principal: principal?.slice(0, MAX_NAME) ?? null,
  });
}

/** The session that the protocol names, else the tree's block of time. */
function blockFor(run: Run, { tree }: Origin, { session, at }: Said): number {
  const named: SessionRef | undefined = session;
  return (named && namedSession(run, named)) ?? blockOf(run, tree, at);
}
