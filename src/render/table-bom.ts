/** `--show bom`: what was seen loaded or is declared, one line each. The whole document is in `-f json`. */
import { z } from 'zod';
import type { Report } from '../model/report.ts';
import type { Paint } from './paint.ts';
import { sanitizeLine } from './sanitize.ts';
import { hanging, padEnd, plural, wrap } from './text.ts';

/** Only the fields read here: the document may come from a report file of another version. */
const componentSchema = z.object({
  /** Services have none. */
  type: z.string().default('service'),
  group: z.string().optional(),
  name: z.string(),
  version: z.string().optional(),
  properties: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
});
const bomSchema = z.object({
  components: z.array(componentSchema).default([]),
  services: z.array(componentSchema).default([]),
});
const documentSchema = z.object({
  components: z.array(z.unknown()).default([]),
  services: z.array(z.unknown()).default([]),
});
type Component = z.infer<typeof componentSchema>;

const SHORT_TYPE = new Map([['machine-learning-model', 'model']]);

/** Worst news first. `=` agrees, `+` undeclared, `-` never loaded, `?` cannot be told. */
const MARKS = new Map([
  ['observed-not-declared', '+'],
  ['declared-not-observed', '-'],
  ['undetermined', '?'],
  ['declared-and-observed', '='],
]);
const ORDER = [...MARKS.keys()];

/** What an agent decides with comes before what it is built of. */
const KINDS = ['model', 'adapter', 'mcp-server', 'mcp-tool', 'inference-server', 'framework', 'library'];

/** Nothing declares these: told by their number. */
const MCP = new Map([
  ['mcp-server', 'MCP server'],
  ['mcp-tool', 'MCP tool'],
]);

const SHOWN = 40;
const TYPE = 'inference-server'.length;
const PRESENCE = 21;

function property(component: Component, name: string): string | undefined {
  return component.properties.find((p) => p.name === `ai-spm:${name}`)?.value;
}

const presence = (component: Component): string => property(component, 'presence') ?? 'undetermined';

function title({ group, name, version }: Component): string {
  return `${group === undefined ? '' : `${group}/`}${name}${version === undefined ? '' : ` ${version}`}`;
}

const kindOf = (component: Component): string =>
  property(component, 'kind') ?? SHORT_TYPE.get(component.type) ?? component.type;

function byKind(a: Component, b: Component): number {
  return (
    KINDS.indexOf(kindOf(a)) - KINDS.indexOf(kindOf(b)) ||
    ORDER.indexOf(presence(a)) - ORDER.indexOf(presence(b)) ||
    (title(a) < title(b) ? -1 : 1)
  );
}

function line(component: Component, columns: number, paint: Paint): string[] {
  const state = presence(component);
  const kind = kindOf(component);
  const lead = `  ${MARKS.get(state) ?? '?'} ${padEnd(sanitizeLine(state), PRESENCE)}  `;
  const label = `${lead}${padEnd(sanitizeLine(kind), Math.max(TYPE, kind.length))}  `;
  const style = state === 'observed-not-declared' ? paint.bad : (text: string) => text;
  return hanging(label, label.length, sanitizeLine(title(component)), columns).map(style);
}

/** Why `undetermined`, each reason once. */
function doubtLines(own: readonly Component[], columns: number): string[] {
  const reasons = own.flatMap((component) => property(component, 'presence:reason') ?? []);
  return [...Map.groupBy(reasons, (reason) => reason)].flatMap(([reason, all]) =>
    hanging('  ? ', 4, sanitizeLine(`${all.length} undetermined: ${reason}`), columns),
  );
}

/** Installed with the image, named by nobody and never seen loaded: their number says enough. */
const isOnlyInstalled = (component: Component): boolean => property(component, 'declared:by') === 'image';

function installedLines(installed: readonly Component[], columns: number): string[] {
  const byState = Map.groupBy(installed, presence);
  return [...byState].flatMap(([state, all]) => {
    const what = state === 'undetermined' ? 'whether loaded is not known' : 'never loaded';
    const text = `${plural(all.length, 'library', 'libraries')} installed, ${what} (-f json has all)`;
    return hanging(`  ${MARKS.get(state) ?? '?'} `, 4, text, columns);
  });
}

function agentBlock(label: string, own: readonly Component[], columns: number, paint: Paint): string[] {
  const sorted = own.filter((component) => !isOnlyInstalled(component)).toSorted(byKind);
  const more = sorted.length - SHOWN;
  return [
    ...wrap(sanitizeLine(label), columns).map(paint.bold),
    ...sorted.slice(0, SHOWN).flatMap((component) => line(component, columns, paint)),
    ...(more > 0 ? [`  … and ${more} more (-f json has all)`] : []),
    ...installedLines(own.filter(isOnlyInstalled), columns),
    ...doubtLines(own, columns).map(paint.dim),
    '',
  ];
}

function artifactsOf(report: Report): Component[] {
  const parsed = bomSchema.safeParse(report.bom);
  const { components, services } = parsed.success ? parsed.data : { components: [], services: [] };
  return [...components, ...services].filter((c) => property(c, 'workload'));
}

/** Artifacts by presence, one read after the other: that of a fleet is too large to be copied for four numbers. */
function presences(report: Report): Map<string, number> {
  const counts = new Map<string, number>();
  const { components, services } = documentSchema.safeParse(report.bom).data ?? {
    components: [],
    services: [],
  };
  for (const one of [...components, ...services]) {
    const parsed = componentSchema.safeParse(one);
    if (!parsed.success) return new Map();
    if (!property(parsed.data, 'workload')) continue;
    const kind = kindOf(parsed.data);
    const state = MCP.has(kind) ? kind : presence(parsed.data);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** `AI-BOM of 12 artifacts (2 undeclared, 1 never loaded)` */
export function bomSummary(report: Report): string {
  const counts = presences(report);
  const all = ORDER.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
  const mcp = [...MCP].flatMap(([kind, noun]) => {
    const many = counts.get(kind) ?? 0;
    return many === 0 ? [] : [plural(many, noun)];
  });
  if (all === 0 && mcp.length === 0) return 'no AI-BOM';
  const count = (state: string) => counts.get(state) ?? 0;
  const notes = [
    [count('observed-not-declared'), 'undeclared'],
    [count('declared-not-observed'), 'never loaded'],
    [count('undetermined'), 'undetermined'],
  ] as const;
  const told = notes.filter(([n]) => n > 0).map((note) => note.join(' '));
  const artifacts = `${plural(all, 'artifact')}${told.length === 0 ? '' : ` (${told.join(', ')})`}`;
  return `AI-BOM of ${[artifacts, ...mcp].join(', ')}`;
}

export function bomTable(report: Report, columns: number, paint: Paint): string[] {
  const artifacts = artifactsOf(report);
  if (artifacts.length === 0)
    return ['AI-BOM  no model, framework, library or MCP server was seen or declared', ''];
  const agents = Map.groupBy(artifacts, (component) => property(component, 'workload')!);
  return [
    paint.bold('AI-BOM'),
    ...[...agents].flatMap(([label, own]) => agentBlock(label, own, columns, paint)),
  ];
}
