/** The shape of a call's arguments: keys and types, never values. */
import { object } from '../json-fields.ts';
import { keyName } from './names.ts';

const MAX_DEPTH = 4;
const MAX_KEYS = 32;
/** Of an object with very many members, as many are looked at. */
const MAX_SEEN = 1024;
const MAX_ELEMENTS = 16;
const MAX_LENGTH = 400;

/** `{limit:integer,query:string,tags:string[]}`, keys sorted. What is beyond a bound is `…`; no arguments: `none`. */
export function argumentShape(args: unknown): string {
  if (args === undefined || args === null) return 'none';
  const shape = shapeOf(args, MAX_DEPTH);
  return shape.length > MAX_LENGTH ? `${shape.slice(0, MAX_LENGTH)}…` : shape;
}

function shapeOf(value: unknown, depth: number): string {
  if (Array.isArray(value)) return depth === 0 ? '…[]' : listShape(value, depth - 1);
  const members = object(value);
  if (members) return depth === 0 ? '{…}' : objectShape(members, depth - 1);
  return scalarType(value);
}

/** As JSON Schema names them. */
function scalarType(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function objectShape(members: Readonly<Record<string, unknown>>, depth: number): string {
  const keys = Object.keys(members);
  const shapes = keys.slice(0, MAX_SEEN).map((key) => `${keyName(key)}:${shapeOf(members[key], depth)}`);
  return `{${joined(shapes, keys.length > MAX_SEEN, ',', MAX_KEYS)}}`;
}

function listShape(list: readonly unknown[], depth: number): string {
  if (list.length === 0) return '[]';
  const shapes = list.slice(0, MAX_ELEMENTS).map((one) => shapeOf(one, depth));
  const kinds = joined(shapes, false, '|', 4);
  return kinds.includes('|') ? `(${kinds})[]` : `${kinds}[]`;
}

/** Masked keys fall together here, and equal elements of a list. */
function joined(parts: readonly string[], more: boolean, separator: string, most: number): string {
  const distinct = [...new Set(parts)].sort();
  const kept = distinct.slice(0, most);
  return (more || kept.length < distinct.length ? [...kept, '…'] : kept).join(separator);
}
