/** tools/call: which tool, with arguments of which shape, how much came back, and whether it failed. */
import { field, type JsonObject, text } from '../json-fields.ts';
import type { Said } from '../said.ts';
import { type Link, type Reading, say, saySelf } from './link.ts';
import { ASKED_OF_CLIENT } from './methods.ts';
import { visible } from './names.ts';
import type { Asked } from './pending.ts';
import { contentKinds, inputRequests, recordsOf } from './result.ts';
import { toolSubject } from './server.ts';

/** What became of a request. Code: of a JSON-RPC error. */
export type Answer = {
  result: JsonObject | null;
  code: string | null;
  /** By the HTTP status that the answer came with. */
  denied: boolean;
  bytes: number;
  at: number;
  /** Of what was cut, sizes and counts are lower bounds. */
  reading: Reading;
};

/** Why a request has no answer. Status: of the HTTP response. */
export type Loss = { at: number; status: number | null; cancelled: boolean };

const MAX_TASKS = 1024;

export function callAnswered(link: Link, asked: Asked, answer: Answer): void {
  const { result, code, denied, at, bytes, reading } = answer;
  const wanted = result && inputRequests(result);
  const failed = code !== null || result?.isError === true;
  rememberTask(link, asked, result);
  sayCall(link, asked, {
    at,
    bytes,
    records: result && !wanted ? recordsOf(result) : 0,
    error: failed,
    denied,
    sums: {
      durationUs: Math.max(0, at - asked.at),
      ...(reading.cut ? { truncated: 1 } : {}),
      ...(wanted ? { inputRequired: 1 } : {}),
      // Its first answer was counted as a success: a count of zero has no errors.
      ...(failed && (asked.again || asked.late) ? { failedLater: 1 } : {}),
      ...(asked.late ? { answeredLate: 1 } : {}),
    },
    words: {
      ...(result ? { contentKinds: contentKinds(result) } : {}),
      ...(code === null ? {} : { errorCodes: [code] }),
    },
  });
  if (wanted) sayWanted(link, wanted, at);
}

export function callLost(link: Link, asked: Asked, { at, status, cancelled }: Loss): void {
  const refused = isRefusal(status);
  const failed = status !== null && status >= 400;
  sayCall(link, asked, {
    at,
    error: failed,
    denied: refused,
    sums: failed ? {} : { [cancelled ? 'cancelled' : 'unanswered']: 1 },
  });
}

export function isRefusal(status: number | null): boolean {
  return status === 401 || status === 403;
}

/** A task's result is the result of the call that began it. */
export function taskAnswered(link: Link, asked: Asked, { result, bytes, at }: Answer): void {
  const tool = asked.about === null ? undefined : link.tasks.get(asked.about);
  if (tool === undefined || !result) return;
  const call: Asked = { ...asked, about: tool, again: true };
  sayCall(link, call, {
    at,
    bytes,
    records: recordsOf(result),
    words: { contentKinds: contentKinds(result) },
  });
}

/** What a server asks of its client: `sampling/createMessage`, `elicitation/create`, `roots/list`. */
export function sayWanted(link: Link, methods: readonly string[], at: number): void {
  const sums: Record<string, number> = {};
  for (const method of methods) {
    const power = Object.hasOwn(ASKED_OF_CLIENT, method) ? ASKED_OF_CLIENT[method]! : null;
    if (power) sums[power] = (sums[power] ?? 0) + 1;
  }
  if (Object.keys(sums).length > 0)
    saySelf(link, { at, sums, words: { asksOfClient: Object.keys(sums).sort() } });
}

function sayCall(link: Link, asked: Asked, said: Partial<Said> & { at: number }): void {
  const { about, shape } = asked;
  const again = asked.again || asked.late;
  const words = { ...(shape === null || again ? {} : { argumentShapes: [shape] }), ...said.words };
  const subject = toolSubject(link.server, about ?? '?');
  say(
    link,
    { kind: 'tool-call', subject, tool: visible(about ?? '?'), ...said, count: again ? 0 : 1, words },
    asked,
  );
}

function rememberTask(link: Link, asked: Asked, result: JsonObject | null): void {
  const id = text(field(result, 'task', 'taskId'))?.slice(0, 256);
  if (id === undefined || asked.about === null) return;
  link.tasks.set(id, asked.about);
  if (link.tasks.size > MAX_TASKS) link.tasks.delete(link.tasks.keys().next().value!);
}
