import { UserError } from '../errors.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * `90s`, `10m`, `1h30m`, `2d` in milliseconds.
 *
 * @throws UserError naming the flag.
 */
export function parseDuration(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
  const total = parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit as keyof typeof UNITS], 0);
  if (parts.map(([part]) => part).join('') !== text || total < 1000 || total > 366 * UNITS.d)
    throw new UserError(`${flag}: "${text}" is no duration`, {
      hint: 'expected for example 90s, 10m, 1h30m or 14d; at least 1s',
    });
  return Math.round(total);
}
