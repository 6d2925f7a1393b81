/** The statistics of a Gap 3 finding, nothing rounded away that a reader would need to doubt it. */
import type { ShiftEvidence } from '../model/finding.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, padStart } from './text.ts';

const MOVERS = 8;

/** Permutation p-values are multiples of 1/(permutations+1); three digits carry that. */
const number = (value: number): string => String(Number(value.toPrecision(3)));

const share = (value: number): string => padStart(`${(value * 100).toFixed(1)} %`, 8);

function moverLines({ movers }: ShiftEvidence, columns: number): string[] {
  const shown = movers.slice(0, MOVERS);
  return [
    '    baseline    window',
    ...shown.flatMap((mover) =>
      hanging(
        `    ${share(mover.baseline)}  ${share(mover.window)}  `,
        24,
        sanitizeLine(mover.subject),
        columns,
      ),
    ),
    ...(movers.length > MOVERS ? [`    … and ${movers.length - MOVERS} more`] : []),
  ];
}

export function shiftLines(shift: ShiftEvidence, columns: number): string[] {
  const cause =
    shift.attributedTo.length === 0
      ? 'none of the known causes (rollout, model update) falls between the two'
      : `between the two: ${shift.attributedTo.join(', ')}`;
  const text = [
    `effect ${number(shift.effect)} (total variation distance, 0 to 1)`,
    `p ${number(shift.pValue)}, q ${number(shift.qValue)} (Benjamini-Hochberg over all tests of the run)`,
    `${shift.permutations} permutations of whole sessions, seed ${shift.seed}`,
    `${shift.sessions.window} sessions in the window, ${shift.sessions.baseline} in the baseline`,
    sanitizeLine(cause),
  ];
  return [...text.flatMap((line) => hanging('  ', 2, line, columns)), ...moverLines(shift, columns)];
}
