/** What the fold wants to know and only the sensor can read: asked in order, a few at a time. */
import type { WireOf } from '../model/wire.ts';
import type { Fold } from '../observe/fold.ts';
import type { Sensor } from '../sources/sensor/sensor.ts';

/** Each question holds up the sensor's loop for the time of one small read. */
const MAX_ASKED = 16;
const ENAMETOOLONG = 36;

type Want = ReturnType<Fold['wants']>[number];

/** Until its library is attached a process speaks unheard. */
function isUrgent({ op }: Want): boolean {
  return op === 'image-attach';
}

/** The number of a want is that of its request, so that a recording answers the same questions as the live run. */
export function createQuestions(sensor: Sensor, fold: Fold, replayed: boolean) {
  const waiting: Want[] = [];
  const asked = new Set<number>();

  function ask(): void {
    const wants = replayed ? [] : fold.wants();
    waiting.unshift(...wants.filter(isUrgent));
    waiting.push(...wants.filter((want) => !isUrgent(want)));
    while (waiting.length > 0 && asked.size < MAX_ASKED) put(waiting.shift()!);
  }
  function put({ id, op, pid, start, path, max }: Want): void {
    try {
      sensor.command(op, { pid, start, path, max }, id);
      asked.add(id);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      fold.answer(id, { errno: ENAMETOOLONG, data: null });
    }
  }
  return {
    ask,
    answer({ req, errno, data }: WireOf<'reply'>): void {
      asked.delete(req);
      fold.answer(req, { errno, data: data === undefined ? null : Buffer.from(data, 'base64') });
    },
    looked({ req }: WireOf<'image'>): void {
      asked.delete(req);
    },
    settled: () => waiting.length === 0 && asked.size === 0,
  };
}
