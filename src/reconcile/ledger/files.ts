import { pathUnder } from '../../match/path.ts';
import type { Capability } from '../../model/configured.ts';
import type { LedgerEntry } from '../../model/ledger.ts';
import type { Observed } from '../../model/observed.ts';
import {
  capabilityEntry,
  decidedBy,
  mergeObserved,
  notSeen,
  observedEntry,
  type Pair,
  rowsOf,
} from './entry.ts';

/**
 * Secrets and tokens are used by opening a file below their mount. One entry per mounted credential, under the
 * capability's own kind, with all opens below it as one observation; and one per file.
 */
export function fileEntries(pair: Pair): LedgerEntry[] {
  const files = rowsOf(pair, 'file-access');
  const credentials = pair.capabilities.filter(isCredential);
  return [
    ...credentials.map((capability) => credentialEntry(pair, capability, files)),
    ...files.map((row) => fileEntry(pair, row, credentials)),
  ];
}

function credentialEntry(pair: Pair, capability: Capability, files: readonly Observed[]): LedgerEntry {
  const { kind, summary } = capability;
  const opened = files.filter((row) => covers(capability, row));
  const observed = mergeObserved(opened, kind, summary);
  if (observed)
    return capabilityEntry(capability, { observed, exercised: 'yes', decidedBy: decidedBy(capability) });
  const hidden = files.some((row) => mayHide(row, capability));
  return capabilityEntry(
    capability,
    notSeen(pair, hidden ? ['file-access'] : [], doubtOf(capability, files)),
  );
}

function doubtOf({ allow, conditions }: Capability, files: readonly Observed[]): string | null {
  if (allow.length === 0) return conditions[0] ?? 'its use leaves no trace that a probe sees';
  const lost = files.filter(({ context, subject }) => context === 'unresolved-path' && reads(subject));
  if (lost.length === 0) return null;
  return `${lost.length} relative path(s) were read from a directory that is not known, ${lost[0]!.subject} for one`;
}

function fileEntry(pair: Pair, row: Observed, credentials: readonly Capability[]): LedgerEntry {
  const covering = credentials.filter((capability) => covers(capability, row));
  const [first] = covering;
  if (first)
    return observedEntry(row, { capabilities: covering, configured: 'yes', decidedBy: decidedBy(first) });
  const why = pair.unconfigured ?? 'files of the image are not configured by any object';
  return observedEntry(row, { configured: 'unknown', decidedBy: why });
}

/** An open that failed throughout, or that only writes, has read nothing. */
function covers({ allow }: Capability, { subject, count, errors }: Observed): boolean {
  if (errors >= count || !reads(subject)) return false;
  return allow.some((pattern) => pattern.type === 'path' && pathUnder(pattern.prefix, pathOf(subject)));
}

/**
 * Folding replaces paths by an ancestor, `r:/etc/**`: only an ancestor of the mount can stand for a file below it.
 * Any Python program opens more files than are kept, so folding elsewhere must not cast doubt on every credential.
 */
function mayHide({ subject }: Observed, { allow }: Capability): boolean {
  if (!subject.endsWith('/**')) return false;
  const ancestor = pathOf(subject).slice(0, -'/**'.length);
  return allow.some((pattern) => pattern.type === 'path' && pathUnder(ancestor, pattern.prefix));
}

/** `r:/etc/hosts`: `r`, `w`, `rw` or `x`, and the path. */
const SUBJECT = /^(r|w|rw|x):(.*)$/s;

function pathOf(subject: string): string {
  return SUBJECT.exec(subject)?.[2] ?? subject;
}

function reads(subject: string): boolean {
  return SUBJECT.exec(subject)?.[1] !== 'w';
}

function isCredential({ kind }: Capability): boolean {
  return kind === 'secret-read' || kind === 'credential-source';
}
