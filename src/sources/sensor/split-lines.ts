const NEWLINE = 0x0a;

/** `oversized`: the line was longer than the bound; its content is dropped, and reading goes on after it. */
export type Line = { line: Buffer; oversized: boolean };

const DROPPED: Line = { line: Buffer.alloc(0), oversized: true };

/**
 * Lines without their newline, those that end in one chunk together; holds at most `max` bytes of an unfinished one.
 * What is yielded is to be read to its end before the next: it is split as it is read, for a chunk of lines at once
 * would outlive the young generation, and the next chunk may lie in the memory of this one.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  max: number,
): AsyncGenerator<Iterable<Line>> {
  const unfinished: Unfinished = { held: [], length: 0 };
  for await (const chunk of chunks) yield linesOf(chunk, max, unfinished);
  const { held, length } = unfinished;
  if (length > 0) yield [length > max ? DROPPED : { line: Buffer.concat(held, length), oversized: false }];
}

type Unfinished = { held: Buffer[]; length: number };

function* linesOf(chunk: Buffer, max: number, unfinished: Unfinished): Generator<Line> {
  let start = 0;
  for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
    const { held } = unfinished;
    const length = unfinished.length + end - start;
    const rest = chunk.subarray(start, end);
    unfinished.held = [];
    unfinished.length = 0;
    start = end + 1;
    if (length > max) yield DROPPED;
    else yield { line: held.length === 0 ? rest : Buffer.concat([...held, rest], length), oversized: false };
  }
  unfinished.length += chunk.length - start;
  if (unfinished.length > max) unfinished.held = [];
  else if (start < chunk.length) unfinished.held.push(Buffer.from(chunk.subarray(start)));
}
