/** CycloneDX BOMs that lie beside the exports: declared artifacts. Only the fields used, bounded. */
import { z } from 'zod';
import { BOM_WORKLOAD_PROPERTY } from '../../catalog/declarations.ts';
import type { DeclaredBom } from '../../model/kubernetes.ts';

const MAX_COMPONENTS = 50_000;
const MAX_DEPTH = 8;

const text = z.string().max(4096);
const KINDS = {
  library: 'library',
  framework: 'framework',
  'machine-learning-model': 'model',
} as const satisfies Record<string, DeclaredBom['components'][number]['kind']>;

const component = z.object({
  type: text,
  group: text.nullish(),
  name: text,
  version: text.nullish(),
  purl: text.nullish(),
  components: z.array(z.unknown()).max(MAX_COMPONENTS).nullish(),
});
const bomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  serialNumber: text.nullish(),
  metadata: z
    .object({
      component: z.object({ name: text }).nullish(),
      properties: z
        .array(z.object({ name: text, value: text.nullish() }))
        .max(1000)
        .nullish(),
    })
    .nullish(),
  components: z.array(z.unknown()).max(MAX_COMPONENTS).nullish(),
});

export function isBom(document: unknown): boolean {
  return (
    typeof document === 'object' &&
    document !== null &&
    (document as { bomFormat?: unknown }).bomFormat === 'CycloneDX'
  );
}

/** Throws a ZodError where the document is not a BOM after all. */
export function convertBom(document: unknown, location: string): DeclaredBom {
  const { serialNumber, metadata, components } = bomSchema.parse(document);
  const found: DeclaredBom['components'][number][] = [];
  collect(components ?? [], 'components', 0, found);
  const property = metadata?.properties?.find(({ name }) => name === BOM_WORKLOAD_PROPERTY);
  return {
    location,
    serialNumber: serialNumber ?? null,
    subject: metadata?.component?.name ?? null,
    workload: property?.value ?? null,
    components: found,
  };
}

function collect(
  items: readonly unknown[],
  field: string,
  depth: number,
  found: DeclaredBom['components'][number][],
): void {
  items.forEach((item, index) => {
    const parsed = component.parse(item);
    const where = `${field}[${index}]`;
    const kind = Object.hasOwn(KINDS, parsed.type) ? KINDS[parsed.type as keyof typeof KINDS] : null;
    const name = parsed.group ? `${parsed.group}/${parsed.name}` : parsed.name;
    if (kind && found.length < MAX_COMPONENTS)
      found.push({ kind, name, version: parsed.version ?? null, purl: parsed.purl ?? null, field: where });
    if (depth < MAX_DEPTH) collect(parsed.components ?? [], `${where}.components`, depth + 1, found);
  });
}
