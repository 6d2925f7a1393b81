/** Shows each exchange to every reader that recognises it; they may be several: a model asked through a cloud's API. */
import { readCloud } from '../meaning/cloud.ts';
import { readData } from '../meaning/data.ts';
import { readEndpoint } from '../meaning/endpoint.ts';
import { readIdentity } from '../meaning/identity.ts';
import { readLlm } from '../meaning/llm.ts';
import { readMcp } from '../meaning/mcp.ts';
import type { Said, World } from '../meaning/said.ts';
import type { ExchangeReader, OpenExchange } from '../wire/types.ts';

const READERS = [readMcp, readLlm, readData, readCloud, readIdentity] as const;

/** What was said of one exchange, in order, once it has ended. Said earlier: of streams that last. */
export type Heard = (said: readonly Said[]) => void;

export function openExchange(world: Omit<World, 'say'>, heard: Heard): OpenExchange {
  return (head) => {
    const said: Said[] = [];
    const own: World = { ...world, say: (one) => said.push(one) };
    const readers = READERS.flatMap((read) => read(own)(head) ?? []);
    // Some know by the bodies only whether an exchange is theirs. What nobody understands was a call all the same.
    const plain: Said[] = [];
    const endpoint = readEndpoint({ ...world, say: (one) => plain.push(one) })(head);
    return together([...readers, ...(endpoint ? [endpoint] : [])], { said, plain }, heard);
  };
}

type Sayings = { said: Said[]; plain: Said[] };

function together(
  readers: readonly ExchangeReader[],
  { said, plain }: Sayings,
  heard: Heard,
): ExchangeReader {
  let understood = false;
  const flush = (): void => {
    understood ||= said.length > 0;
    if (said.length > 0) heard(said.splice(0));
  };
  return {
    item(side, item, at) {
      for (const reader of readers) reader.item(side, item, at);
      // A stream of events may never end, and a segment closes meanwhile.
      if (item.t !== 'body') flush();
    },
    response(head) {
      for (const reader of readers) reader.response(head);
    },
    gap() {
      for (const reader of readers) reader.gap?.();
    },
    end(ending) {
      for (const reader of readers) reader.end(ending);
      flush();
      understood ||= readers.some((reader) => reader.owns?.());
      if (!understood && plain.length > 0) heard(plain);
    },
  };
}
