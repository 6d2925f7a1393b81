/** What was true from when to when: packages installed, models in memory. */
import { createHash } from 'node:crypto';
import type { Epoch } from '../../model/snapshot.ts';
import { pypiPurl } from '../meaning/inventory.ts';
import { nameArtifact } from '../meaning/naming.ts';
import { type Interval, mergeIntervals, residentIn } from '../meaning/residency.ts';
import type { Cgroup } from '../state/cgroups.ts';
import { wallMs } from '../state/clock.ts';
import type { Run } from '../state/run.ts';
import { compareText } from './dictionary.ts';
import { saidEpochs } from './marks.ts';
import type { Work } from './workloads.ts';

const MAX_MEMBERS = 20_000;

function hashOf(members: readonly string[]): string {
  return createHash('sha256').update(members.join('\n')).digest('hex');
}

type Installed = { subject: string; members: string[] };

function installedIn({ inventory }: Cgroup): Installed[] {
  const python = [...inventory.python].map(([site, found]) => ({
    subject: `pypi:${site}`,
    members: [...found].map(([name, version]) => pypiPurl(name, version)).sort(compareText),
  }));
  const npm = [...inventory.npmRoots].flatMap(([root, members]) =>
    members === null ? [] : [{ subject: `npm:${root}`, members }],
  );
  return [...python, ...npm];
}

/** Containers of one workload share an inventory unless they differ, as in a roll-out: then each is an epoch. */
function inventories(run: Run, work: Work, end: number): Epoch[] {
  const seen = new Map<string, Epoch>();
  for (const cgroup of work.cgroups) {
    const from = Math.max(run.segmentStart, cgroup.since);
    const to = Math.min(end, cgroup.gone ?? end);
    for (const { subject, members } of installedIn(cgroup)) {
      const hash = hashOf(members);
      const start = wallMs(run.clock, from);
      const until = wallMs(run.clock, Math.max(from, to));
      const key = `${subject}\0${hash}`;
      const known = seen.get(key);
      if (known) {
        known.start = Math.min(known.start, start);
        known.end = Math.max(known.end, until);
        continue;
      }
      const thing = 'library-inventory' as const;
      const kept = members.slice(0, MAX_MEMBERS);
      seen.set(key, {
        workload: work.index,
        thing,
        subject,
        ordinal: 0,
        start,
        end: until,
        hash,
        members: kept,
      });
    }
  }
  return numbered([...seen.values()]);
}

function residencies(run: Run, work: Work, end: number): Epoch[] {
  const bySubject = new Map<string, { intervals: Interval[]; hash: string }>();
  for (const cgroup of work.cgroups)
    for (const residency of cgroup.residencies) {
      const interval = residentIn(residency, run.segmentStart, end);
      const [named] = interval ? nameArtifact(residency.use, cgroup.inventory) : [];
      if (!interval || !named) continue;
      const known = bySubject.get(named.subject) ?? { intervals: [], hash: named.sha256 ?? '' };
      known.intervals.push(interval);
      bySubject.set(named.subject, known);
    }
  return numbered(
    [...bySubject].flatMap(([subject, { intervals, hash }]) =>
      mergeIntervals(intervals).map(({ from, to }) => ({
        workload: work.index,
        thing: 'model-residency' as const,
        subject,
        ordinal: 0,
        start: wallMs(run.clock, from),
        end: wallMs(run.clock, to),
        hash,
        members: [],
      })),
    ),
  );
}

/** Ordinals count the epochs of one subject within this segment. */
function numbered(epochs: readonly Epoch[]): Epoch[] {
  const next = new Map<string, number>();
  return [...epochs]
    .sort((a, b) => compareText(a.subject, b.subject) || a.start - b.start || compareText(a.hash, b.hash))
    .map((epoch) => {
      const ordinal = next.get(epoch.subject) ?? 0;
      next.set(epoch.subject, ordinal + 1);
      return { ...epoch, ordinal };
    });
}

export function epochs(run: Run, work: Work, end: number): Epoch[] {
  return [
    ...inventories(run, work, end),
    ...residencies(run, work, end),
    ...numbered(saidEpochs(run, work, end)),
  ];
}
