/** text/event-stream (WHATWG HTML §9.2.6): events as they are complete. */
import { createLineSplitter } from './lines.ts';
import type { Part, PartOptions } from './part.ts';
import type { Item } from './types.ts';

export type SseEvent = Extract<Item, { t: 'sse' }>;

const MAX_NAME = 256;
const MAX_ID = 1024;

/** An event that no empty line has completed when the stream ends is none (§9.2.6). */
export function createSse(event: (item: SseEvent) => void, { max, pool, broken }: PartOptions): Part {
  let data: string[] = [];
  let size = 0;
  let name: string | null = null;
  let id: string | null = null;
  let first = true;
  /** Until the next empty line. */
  let skipping = false;

  function complete(): void {
    if (data.length > 0 && !skipping) event({ t: 'sse', event: name, id, data: data.join('\n') });
    data = [];
    size = 0;
    name = null;
    skipping = false;
  }
  function addData(value: string): void {
    const room = max - size;
    if (room > 0) data.push(value.length > room ? value.slice(0, room) : value);
    // Empty lines count, too: each is an entry.
    size += value.length + 1;
    if (value.length > room) broken('truncated');
  }
  function field(line: string): void {
    const colon = line.indexOf(':');
    const key = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    if (key === 'data') addData(value);
    else if (key === 'event') name = value === '' ? null : value.slice(0, MAX_NAME);
    else if (key === 'id' && !value.includes('\0')) id = value.slice(0, MAX_ID);
  }
  const lines = createLineSplitter(
    (text) => {
      const line = first ? text.replace(/^\uFEFF/, '') : text;
      first = false;
      if (line === '') complete();
      else if (!skipping) field(line);
      return true;
    },
    { max, cr: true, pool, full: () => broken('truncated') },
  );
  function skip(): boolean {
    lines.skip();
    data = [];
    skipping = true;
    return true;
  }
  return { push: (bytes) => void lines.push(bytes), skip, end: skip };
}
