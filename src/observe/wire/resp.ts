/** RESP 2 and 3 (Redis serialization protocol): values counted, of texts only their beginning kept. */
import type { Decoder } from './types.ts';

export type RespValue = {
  /** `+ - : $ * % ~ > _ , # ( ! =` */
  type: string;
  /** Elements of an aggregate (twice the pairs of a map), -1: null. */
  size: number;
  /** The value's own beginning, or those of its first elements. */
  texts: string[];
  /** Of the aggregate's own elements, those that are null. */
  nulls: number;
};

export type Resp = Decoder & { lost(): boolean; lose(): void; begin(): void };

const MAX_LINE = 64;
const MAX_DEPTH = 32;
const AGGREGATES = '*%~>|';
const BULKS = '$!=';
const KNOWN = /^[+\-:$*%~>_,#(!=|]/;

/** @param keep elements, and bytes of each, that are of use. */
export function createResp(
  on: (value: RespValue, at: number) => void,
  onLost: (at: number) => void,
  keep: { elements: number; bytes: number },
): Resp {
  let lost = false;
  let line = '';
  /** Of a bulk text and its line end. */
  let left = 0;
  let text: string | null = null;
  let open: number[] = [];
  let value: RespValue | null = null;

  function begin(): void {
    lost = false;
    line = '';
    left = 0;
    text = null;
    open = [];
    value = null;
  }
  function fail(at: number): void {
    if (lost) return;
    begin();
    lost = true;
    onLost(at);
  }
  function ended(at: number): void {
    while (open.length > 0) {
      open[open.length - 1]! -= 1;
      if (open[open.length - 1]! > 0) return;
      open.pop();
    }
    const whole = value!;
    value = null;
    on(whole, at);
  }
  function said(one: string): void {
    if (value && value.texts.length < keep.elements && open.length <= 1) value.texts.push(one);
  }
  function header(at: number): void {
    const [type = ''] = line;
    const rest = line.slice(1);
    line = '';
    const isCount = AGGREGATES.includes(type) || BULKS.includes(type);
    if (isCount && !/^(?:-1|\d{1,10})$/.test(rest)) {
      fail(at);
      return;
    }
    const pairs = type === '%' || type === '|' ? 2 : 1;
    const size = isCount ? Number(rest) * (rest === '-1' ? 1 : pairs) : 0;
    value ??= { type, size, texts: [], nulls: 0 };
    if (open.length === 1 && (rest === '-1' ? isCount : type === '_')) value.nulls++;
    if (BULKS.includes(type) && size >= 0) {
      left = size + 2;
      text = '';
    } else if (AGGREGATES.includes(type) && size > 0) {
      if (open.length >= MAX_DEPTH) fail(at);
      else open.push(size);
    } else {
      said(rest);
      ended(at);
    }
  }
  function bulk(bytes: Buffer, at: number): number {
    const taken = Math.min(left, bytes.length);
    const wanted = Math.min(taken, left - 2, keep.bytes - text!.length);
    if (wanted > 0) text += bytes.toString('latin1', 0, wanted);
    left -= taken;
    if (left > 0) return taken;
    said(text!);
    text = null;
    ended(at);
    return taken;
  }
  /** Long simple texts are read to their end, their beginning is kept. */
  function lineOf(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(10);
    const taken = end < 0 ? bytes.length : end + 1;
    if (line.length < MAX_LINE) line += bytes.toString('latin1', 0, Math.min(taken, MAX_LINE));
    if (!KNOWN.test(line)) fail(at);
    else if (end >= 0) {
      line = line.replace(/\r?\n$/, '').slice(0, MAX_LINE);
      header(at);
    }
    return taken;
  }
  return {
    push(bytes, at) {
      const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let from = 0; !lost && from < input.length; ) {
        const rest = input.subarray(from);
        from += text === null ? lineOf(rest, at) : bulk(rest, at);
      }
    },
    gap(missing, at) {
      if (text === null || missing <= 0 || missing >= left - 2) fail(at);
      else left -= missing;
    },
    end: fail,
    lost: () => lost,
    lose() {
      begin();
      lost = true;
    },
    begin,
  };
}
