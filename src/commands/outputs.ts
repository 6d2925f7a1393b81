/** `-f FORMAT[=PATH]`, repeatable: at most one of them goes to standard output. */
import { UserError } from '../errors.ts';
import type { Report } from '../model/report.ts';
import { FORMATS, type Format, render, SECTIONS, type Section } from '../render/index.ts';
import { writeFileAtomic } from '../sources/files/atomic.ts';
import type { CommandIo } from './io.ts';

export type Output = { format: Format; path: string | null };

export function parseOutputs(values: readonly string[]): readonly Output[] {
  const outputs = (values.length > 0 ? values : ['table']).map(parseOutput);
  if (outputs.filter((output) => output.path === null).length > 1) {
    throw new UserError('more than one -f without a path: standard output carries one report', {
      hint: 'give the others a path, e.g. -f table -f json=report.json',
    });
  }
  return outputs;
}

function parseOutput(value: string): Output {
  const cut = value.indexOf('=');
  const format = cut < 0 ? value : value.slice(0, cut);
  const path = cut < 0 ? null : value.slice(cut + 1);
  if (!(FORMATS as readonly string[]).includes(format) || path === '') {
    throw new UserError(`-f does not know "${value}"`, {
      hint: `expected one of ${FORMATS.join(', ')}, or FORMAT=PATH`,
    });
  }
  return { format: format as Format, path };
}

export function parseSections(value: string | undefined): readonly Section[] | null {
  if (value === undefined) return null;
  const sections = value.split(',').map((section) => section.trim());
  for (const section of sections) {
    if (!(SECTIONS as readonly string[]).includes(section)) {
      throw new UserError(`--show does not know "${section}"`, {
        hint: `expected a list of ${SECTIONS.join(', ')}`,
      });
    }
  }
  return sections as Section[];
}

export async function writeOutputs(
  report: Report,
  outputs: readonly Output[],
  show: readonly Section[] | null,
  io: CommandIo,
): Promise<void> {
  for (const { format, path } of outputs) {
    const options = {
      columns: path === null ? io.columns : 80,
      color: path === null && io.color,
      ...(show === null ? {} : { show }),
    };
    const text = await render(format, report, options);
    if (path === null) await io.stdout(text);
    else {
      await writeFileAtomic(path, text);
      io.stderr(`wrote ${format} to ${path}\n`);
    }
  }
}
