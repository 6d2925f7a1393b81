/** Lines of a text file that a user wrote, numbered from 1; `-` is standard input. Of a file zstd is read as such. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { UserError } from '../../errors.ts';
import { boundedLines, LineTooLong, openBytes } from './bounded-lines.ts';
import { createScratch } from './scratch.ts';

const MAX_LINE = 1 << 20;
const STDIN = '/dev/stdin';

/** @throws UserError naming the flag, the file and the line. */
export async function* readTextLines(
  path: string,
  flag: string,
  maxLine = MAX_LINE,
): AsyncGenerator<{ number: number; text: string }> {
  let number = 0;
  try {
    const chunks = await bytesOf(path === '-' ? STDIN : path);
    for await (const line of boundedLines(chunks, () => maxLine, createScratch()))
      yield { number: ++number, text: line.toString('utf8') };
  } catch (error) {
    if (error instanceof LineTooLong)
      throw new UserError(`${flag} ${path}: ${error.message}`, {
        hint: 'expected one object of JSON a line',
      });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(`${flag} ${path}: ${(error as Error).message}`, {
      hint: 'check the path',
      cause: error,
    });
  }
}

/**
 * Of a pipe the first bytes cannot be read twice, so nobody looks whether it is compressed. A socket, which is what
 * services and other programs give as standard input, cannot be opened by its name.
 */
async function bytesOf(path: string): Promise<AsyncIterable<Buffer>> {
  const file = await stat(path);
  if (file.isFile() || file.isDirectory()) return (await openBytes(path)).chunks;
  if (path === STDIN && file.isSocket()) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream(path) as AsyncIterable<Buffer>;
}
