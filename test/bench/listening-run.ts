/** One round, in a process of its own, so that what is resident is its own. Prints one line of JSON. */
import { createFold } from '../../src/observe/fold.ts';
import { noDefects, readRecords } from '../../src/sources/sensor/records.ts';
import { header, payload, START_US, stream } from './listening-lines.ts';

const CONNECTIONS = 10_000;
const EXCHANGES_EACH = 4;
const CHUNK = 64 * 1024;

const MODEL_CALL = JSON.stringify({
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'w'.repeat(600) }],
  tools: [{ type: 'function', function: { name: 'search', parameters: { type: 'object' } } }],
});
const ANSWER = JSON.stringify({
  model: 'gpt-4o-2024-08-06',
  choices: [{ message: { role: 'assistant', content: 'w'.repeat(700) } }],
  usage: { prompt_tokens: 12, completion_tokens: 5 },
});
const REQUEST = Buffer.from(
  `POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\nContent-Length: ${MODEL_CALL.length}\r\n\r\n${MODEL_CALL}`,
);
const RESPONSE = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
);

/** As the sensor's pipe gives them: pieces of lines, not lines. */
async function* lines(): AsyncGenerator<Buffer> {
  yield Buffer.from(header());
  let held: string[] = [];
  let size = 0;
  for (let exchange = 0; exchange < EXCHANGES_EACH; exchange++)
    for (let id = 1; id <= CONNECTIONS; id++) {
      const at = START_US + exchange * CONNECTIONS + id;
      if (exchange === 0) held.push(stream(id, at));
      held.push(payload(id, 'out', exchange * REQUEST.length, REQUEST, at));
      held.push(payload(id, 'in', exchange * RESPONSE.length, RESPONSE, at));
      size += REQUEST.length + RESPONSE.length;
      if (size < CHUNK) continue;
      yield Buffer.from(held.join(''));
      held = [];
      size = 0;
    }
  yield Buffer.from(held.join(''));
}

const mib = () => process.memoryUsage.rss() / 2 ** 20;

const fold = createFold({ fingerprintKey: null, fingerprintKeyId: null, resolve: () => null });
const idle = mib();
// What it costs to make the lines is not what it costs to read them.
let making = process.cpuUsage();
let bytes = 0;
for await (const chunk of lines()) bytes += chunk.length;
making = process.cpuUsage(making);
if (bytes === 0) throw new Error('there are no lines');

const defects = noDefects();
const started = process.cpuUsage();
for await (const record of readRecords(lines(), defects)) fold.push(record);
const used = process.cpuUsage(started);
const rss = mib();
if (defects.malformed > 0) throw new Error(defects.firstMalformed ?? '');
const segment = fold.closeSegment({ final: true });
const messages = CONNECTIONS * EXCHANGES_EACH * 2;
const kinds = segment.observations.kind.map((kind) => segment.dict[kind]);
const calls = kinds.reduce(
  (sum, kind, i) => sum + (kind === 'llm-call' ? segment.observations.count[i]! : 0),
  0,
);
if (calls !== messages / 2) throw new Error(`${calls} calls were read of ${messages / 2}`);
const total = used.user + used.system - making.user - making.system;
process.stdout.write(JSON.stringify({ us: total / messages, rss, idle }));
