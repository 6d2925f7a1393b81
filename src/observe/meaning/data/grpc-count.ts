/** How many records stand in a gRPC message (`catalog/vector-stores.ts`). */
import type { GrpcCount } from '../../../catalog/vector-stores.ts';
import { fieldsAt, numberAt, packed } from './protobuf.ts';

type Where = { fields: readonly number[]; as?: GrpcCount };

export function countIn(message: Uint8Array, { fields, as }: Where): number {
  if (as === 'number') return numberAt(message, fields[0]!);
  const found = fieldsAt(message, fields);
  if (as === 'floats') return found.reduce((sum, { length }) => sum + Math.floor(length / 4), 0);
  if (as === 'columns') return found.reduce((most, column) => Math.max(most, rowsIn(column)), 0);
  return found.length;
}

type Data = readonly Uint8Array[];
const varints = (data: Data): number => data.reduce((sum, one) => sum + packed(one), 0);
const wide = (size: number) => (data: Data) => data.reduce((sum, { length }) => sum + length / size, 0);
const each = (data: Data): number => data.length;

/** ScalarField of Milvus's schema.proto, by field number: how the members of its array are written. */
const SCALARS: readonly ((data: Data) => number)[] = [
  () => 0,
  ...[varints, varints, varints, wide(4), wide(8), each, each, each, each],
];

/** FieldData: `scalars` is field 3, `vectors` field 4 with dimension and, packed, the floats of all rows. */
function rowsIn(column: Uint8Array): number {
  for (const [kind, count] of SCALARS.entries()) {
    const data = fieldsAt(column, [3, kind, 1]);
    if (data.length > 0) return Math.floor(count(data));
  }
  const [vectors] = fieldsAt(column, [4]);
  const dimension = vectors ? numberAt(vectors, 1) : 0;
  const [floats] = vectors ? fieldsAt(vectors, [2, 1]) : [];
  return dimension > 0 && floats ? Math.floor(floats.length / 4 / dimension) : 0;
}
