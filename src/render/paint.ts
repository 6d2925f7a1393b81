/**
 * Colour as an extra, never as the only carrier. chalk looks at the terminal but ignores NO_COLOR, so the caller
 * decides and the level is explicit.
 */
import { Chalk } from 'chalk';
import type { Gap } from '../model/kinds.ts';

type Style = (text: string) => string;

export type Paint = {
  bold: Style;
  dim: Style;
  good: Style;
  warn: Style;
  bad: Style;
  gap: Readonly<Record<Gap, Style>>;
};

/** chalk joins all its arguments, which `lines.map(paint.dim)` would feed it. */
const one =
  (style: Style): Style =>
  (text) =>
    style(text);

export function createPaint(color: boolean): Paint {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return {
    bold: one(chalk.bold),
    dim: one(chalk.dim),
    good: one(chalk.green),
    warn: one(chalk.yellow),
    bad: one(chalk.red),
    gap: { 1: one(chalk.yellow), 2: one(chalk.red), 3: one(chalk.magenta) },
  };
}
