import { type ArtifactSubject, parsePurl } from '../../match/artifact.ts';
import type { ObservedWorkload } from '../../model/observed.ts';
import type { Epoch } from '../../model/snapshot.ts';

export type Installed = {
  artifact: ArtifactSubject & { kind: 'framework' | 'library' };
  /** Where that is known from. */
  where: string;
};

/** Libraries that are there: the newest inventory of each place, and artifacts seen as files only. Each name once. */
export function installedLibraries(observed: ObservedWorkload | null): Installed[] {
  if (!observed) return [];
  const inventories = newest(observed.epochs.filter(({ thing }) => thing === 'library-inventory'));
  const found = [
    ...observed.artifacts.flatMap((artifact): Installed[] => {
      const { kind, state } = artifact;
      if (state !== 'installed' || (kind !== 'library' && kind !== 'framework')) return [];
      return [{ artifact: { ...artifact, kind }, where: artifact.path ?? artifact.rule }];
    }),
    ...inventories.flatMap(({ members, subject }) => members.map((member) => inventoried(member, subject))),
  ];
  return [...new Map(found.map((one) => [`${one.artifact.name} ${one.artifact.version}`, one])).values()];
}

function newest(epochs: readonly Epoch[]): Epoch[] {
  return [...new Map(epochs.map((epoch) => [epoch.subject, epoch])).values()];
}

/** A package URL, `name@version`, `name==version`, or a bare name. */
function inventoried(member: string, where: string): Installed {
  const purl = parsePurl(member);
  if (purl) {
    const name = purl.namespace === null ? purl.name : `${purl.namespace}/${purl.name}`;
    return { artifact: { kind: 'library', name, version: purl.version, purl: member, path: null }, where };
  }
  const match = /^(.+?)(?:==|@(?!$)(?=[^@/]*$))(.+)$/.exec(member);
  const [name, version] = match ? [match[1]!, match[2]!] : [member, null];
  return { artifact: { kind: 'library', name, version, purl: null, path: null }, where };
}
