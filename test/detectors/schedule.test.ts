import { describe, expect, it } from 'vitest';
import { firstDue } from '../../src/detectors/schedule.ts';

const at = (text: string) => Date.parse(`${text}Z`);
const due = (schedule: string, from: string, to: string) => {
  const found = firstDue(schedule, at(from), at(to));
  return typeof found === 'number' ? new Date(found).toISOString().slice(0, 16) : found;
};

describe('first due time in a window', () => {
  it.each([
    ['0 3 1 * *', '2026-03-01T00:00', '2026-03-14T00:00', '2026-03-01T03:00'],
    ['0 3 1 * *', '2026-03-01T03:01', '2026-03-14T00:00', null],
    ['*/15 * * * *', '2026-03-01T00:01', '2026-03-01T00:20', '2026-03-01T00:15'],
    ['@monthly', '2026-03-02T00:00', '2026-04-02T00:00', '2026-04-01T00:00'],
    ['30 6 * * mon-fri', '2026-02-28T00:00', '2026-03-03T00:00', '2026-03-02T06:30'],
    ['0 0 * * 7', '2026-03-02T00:00', '2026-03-09T00:00', '2026-03-08T00:00'],
    ['0 0 29 feb *', '2026-03-01T00:00', '2028-12-31T00:00', '2028-02-29T00:00'],
    ['TZ=UTC 0 12 * * *', '2026-03-01T00:00', '2026-03-02T00:00', '2026-03-01T12:00'],
    // Both day fields restricted: either is enough. The 3rd of March 2026 is a Tuesday.
    ['0 0 13 * tue', '2026-03-01T00:00', '2026-03-14T00:00', '2026-03-03T00:00'],
    ['0 0 31 2 *', '2026-03-01T00:00', '2030-03-01T00:00', null],
  ])('%s from %s to %s: %s', (schedule, from, to, expected) => {
    expect(due(schedule, from, to)).toBe(expected);
  });

  it.each(['', '* * * *', '61 * * * *', '0 0 0 * *', '5-1 * * * *', '*/0 * * * *', '__proto__', '@reboot'])(
    'does not understand %j',
    (schedule) => expect(due(schedule, '2026-03-01T00:00', '2026-03-02T00:00')).toBeUndefined(),
  );
});
