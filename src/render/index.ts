/** One file per format, loaded only when asked for. */
import type { Report } from '../model/report.ts';
import type { RenderOptions } from './options.ts';

export { type RenderOptions, SECTIONS, type Section } from './options.ts';

type Renderer = (report: Report, options: RenderOptions) => string;

const RENDERERS = {
  table: async () => (await import('./table.ts')).renderTable,
  json: async () => (await import('./json.ts')).renderJson,
} as const satisfies Record<string, () => Promise<Renderer>>;

export type Format = keyof typeof RENDERERS;
export const FORMATS = Object.keys(RENDERERS) as Format[];

export async function render(format: Format, report: Report, options: RenderOptions): Promise<string> {
  const renderer = await RENDERERS[format]();
  return renderer(report, options);
}
