/** text/event-stream (WHATWG HTML §9.2.6): events as they are complete. */
import type { Item } from './types.ts';

type Sse = Extract<Item, { t: 'sse' }>;

/** @returns takes one line at a time, without its end; an empty line completes an event. */
export function createSse(event: (item: Sse) => void, max: number): (line: string) => void {
  let data: string[] = [];
  let size = 0;
  let name: string | null = null;
  let id: string | null = null;
  let first = true;

  function complete(): void {
    if (data.length > 0) event({ t: 'sse', event: name, id, data: data.join('\n') });
    data = [];
    size = 0;
    name = null;
  }
  return (text) => {
    const line = first ? text.replace(/^\uFEFF/, '') : text;
    first = false;
    if (line === '') return complete();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data' && size + value.length <= max) {
      data.push(value);
      size += value.length;
    } else if (field === 'event') name = value.slice(0, 256);
    else if (field === 'id' && !value.includes('\0')) id = value.slice(0, 1024);
  };
}
