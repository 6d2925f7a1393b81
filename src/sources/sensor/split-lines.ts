const NEWLINE = 0x0a;

/** `oversized`: the line was longer than the bound; its content is dropped, and reading goes on after it. */
export type Line = { line: Buffer; oversized: boolean };

const DROPPED: Line = { line: Buffer.alloc(0), oversized: true };

/** Lines without their newline, those that end in one chunk together; holds at most `max` bytes of an unfinished one. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, max: number): AsyncGenerator<Line[]> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      length += end - start;
      if (length > max) lines.push(DROPPED);
      else if (held.length === 0) lines.push({ line: chunk.subarray(start, end), oversized: false });
      else
        lines.push({ line: Buffer.concat([...held, chunk.subarray(start, end)], length), oversized: false });
      held = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    if (length > max) held = [];
    else if (start < chunk.length) held.push(chunk.subarray(start));
    yield lines;
  }
  if (length > 0) yield [length > max ? DROPPED : { line: Buffer.concat(held, length), oversized: false }];
}
