/** The answer to `--can`: verdict first, then why, by which way, and what has to hold. */
import type { Hop } from '../model/configured.ts';
import type { Answer } from '../model/query.ts';
import type { RenderOptions } from './options.ts';
import { createPaint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging } from './text.ts';

const LABEL = 13;

export type Shown = {
  question: string;
  answer: Answer /** What to change upstream to close the way; null: nothing. */;
  cut: Hop | null;
};

export function renderAnswer({ question, answer, cut }: Shown, { columns, color }: RenderOptions): string {
  const paint = createPaint(color);
  const { verdict, reason, path, conditions } = answer;
  const row = (label: string, text: string) => hanging(label, LABEL, sanitizeLine(text), columns);
  const hops = path.map(({ object, field, why, inherited, ref }, index) => {
    const where = ref?.location ? ` (${ref.location})` : '';
    const what = `${index + 1}. ${inherited ? '~ ' : ''}${object} ${field}: ${why}${where}`;
    return row(index === 0 ? 'path' : '', what).map(paint.dim);
  });
  const lines = [
    ...row(verdict, question).map((line) => paint.bold(line)),
    ...row('why', reason),
    ...hops.flat(),
    ...conditions.flatMap((condition, index) => row(index === 0 ? 'conditions' : '', `- ${condition}`)),
    ...(cut === null ? [] : row('edge to cut', `${cut.object} ${cut.field}`)),
  ];
  if (path.some(({ inherited }) => inherited))
    lines.push(...row('', "~ made by an object that is not the subject's own configuration").map(paint.dim));
  return `${lines.join('\n')}\n`;
}
