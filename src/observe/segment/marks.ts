/** Epochs that readers told of: each state holds until the next one of the same thing, or the segment's end. */
import type { Epoch } from '../../model/snapshot.ts';
import { wallMs } from '../state/clock.ts';
import type { Mark } from '../state/details.ts';
import type { Run } from '../state/run.ts';
import type { Work } from './workloads.ts';

export function saidEpochs(run: Run, work: Work, end: number): Epoch[] {
  // Each process class tells of its own view: of a catalog that two hold, both have their sequence of states.
  return work.members.flatMap(({ origin }) =>
    origin.marks.map((mark) => ({
      workload: work.index,
      thing: mark.thing,
      subject: mark.subject.slice(0, 4096),
      ordinal: 0,
      start: wallMs(run.clock, mark.at),
      end: wallMs(run.clock, Math.max(mark.at, endOf(mark, origin.marks) ?? end)),
      hash: mark.hash.slice(0, 128),
      members: mark.members.slice(0, 20_000).map((member) => member.slice(0, 4096)),
    })),
  );
}

function endOf(mark: Mark, marks: readonly Mark[]): number | null {
  const later = marks.slice(marks.indexOf(mark) + 1);
  return later.find(({ thing, subject }) => thing === mark.thing && subject === mark.subject)?.at ?? null;
}
