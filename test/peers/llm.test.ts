/** The SDKs of OpenAI and Anthropic, in Node and Python, against servers of ours under the names of theirs. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { detailsOf, hold, logOf, rowsOf, weigh } from './held.ts';
import { type Lab, openLab, PEERS, PYTHON, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';
import type { Served } from './servers/served.ts';

type Line = {
  api: string;
  asked: string;
  answered: string | null;
  stream: boolean;
  tools: string[];
  status?: number;
};

const NODE = process.execPath;
const CLIENTS = [
  { name: 'openai for Node', provider: 'openai', command: [NODE, join(PEERS, 'node/openai.mjs')], calls: 10 },
  {
    name: 'openai for Python',
    provider: 'openai',
    command: [PYTHON, join(PEERS, 'python/openai_client.py')],
    calls: 7,
  },
  {
    name: 'anthropic for Node',
    provider: 'anthropic',
    command: [NODE, join(PEERS, 'node/anthropic.mjs')],
    calls: 5,
  },
  {
    name: 'anthropic for Python',
    provider: 'anthropic',
    command: [PYTHON, join(PEERS, 'python/anthropic_client.py')],
    calls: 4,
  },
];

const skipped = noProbes ?? whyNoPeers(PYTHON, join(PEERS, 'node/node_modules/openai'));
if (skipped) console.warn(`SDKs of models are skipped: ${skipped}`);

describe.skipIf(skipped)('calls of models', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.stop());

  it.each(CLIENTS)('by $name are all read, and no others', async ({ name, provider, command, calls }) => {
    const before = lab.served.length;
    const window = await openWindow(lab);
    const env = { OPENAI_API_KEY: 'sk-lab', ANTHROPIC_API_KEY: 'sk-ant-lab' };
    const log = logOf<Line>(await window.run(command[0]!, command.slice(1), { env }));
    const seen = await window.close();
    expect(log).toHaveLength(calls);
    expect(byServer(lab.served.slice(before))).toEqual(log.map(({ asked, stream }) => `${asked} ${stream}`));
    hold(name, seen, accounts(seen, log, provider), ['prompt-template', 'tool-sequence']);
  });
});

/** Both ends tell the same. */
const byServer = (served: readonly Served[]) =>
  served.flatMap(({ chat }) => (chat ? [`${chat.model} ${chat.stream}`] : []));

function accounts(seen: Seen, log: readonly Line[], provider: string) {
  const all = log.map((line) => ({ ...line, subject: `${provider}/${line.asked}` }));
  const answers = all.flatMap(({ subject, answered }) =>
    answered === null ? [] : [`${subject} answered ${answered}`],
  );
  const kind = 'llm-call' as const;
  return [
    {
      ...{ kind, what: 'models asked, by API' },
      said: countOf(all.map(({ subject, api }) => `${subject} by ${api}`)),
      seen: rowsOf(seen, kind, ({ subject, context }) => `${subject} by ${context}`),
    },
    {
      ...{ kind, what: 'refused' },
      said: countOf(all.filter(({ status = 200 }) => status >= 400).map(({ subject }) => subject)),
      seen: rowsOf(seen, kind, ({ subject }) => subject, 'errors'),
    },
    {
      ...{ kind, what: 'models that answered' },
      said: countOf(new Set(answers)),
      seen: detailsOf(seen, kind, ['answered']),
    },
    {
      ...{ kind, what: 'streamed' },
      said: countOf(all.filter(({ stream }) => stream).map(({ subject }) => `${subject} streamed`)),
      seen: detailsOf(seen, kind, ['streamed']),
    },
    {
      ...{ kind, what: 'tools that models asked for' },
      said: countOf(all.flatMap(({ subject, tools }) => tools.map((tool) => `${subject} → ${tool}`))),
      seen: rowsOfTools(seen),
    },
    {
      ...{ kind, what: 'tokens' },
      said: weigh(
        all
          .filter(({ status }) => status === undefined)
          .flatMap(({ subject, api }) => [
            [`${subject} inputTokens`, 11] as const,
            [`${subject} outputTokens`, api === 'embeddings' ? 0 : 5] as const,
          ]),
      ),
      seen: detailsOf(seen, kind, ['inputTokens', 'outputTokens']),
    },
    {
      ...{ kind: 'model' as const, what: 'as models in use' },
      said: countOf(
        new Set(all.flatMap(({ answered }) => (answered === null ? [] : [`${provider}/${answered}`]))),
      ),
      seen: countOf(
        seen.rows.filter((row) => row.kind === 'model').map(({ subject }) => subject.replace(/^remote:/, '')),
      ),
    },
  ];
}

function rowsOfTools({ details }: Seen): Map<string, number> {
  return weigh(
    details
      .filter(({ kind }) => kind === 'llm-call')
      .map(
        ({ subject, sums, words }) =>
          [`${subject} → ${words.toolsAsked?.join()}`, sums.toolsAsked ?? 0] as const,
      ),
  );
}
