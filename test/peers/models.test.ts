/** APIs of models by the SDKs that are made for them, against servers of ours under the names of theirs. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { detailsOf, type Held, hold, logOf, rowsOf, weigh } from './held.ts';
import { type Lab, openLab, PEERS, PYTHON, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';

type Line = {
  subject: string;
  api: string;
  answered: string | null;
  stream: boolean;
  tools: string[];
  input: number;
  output: number;
};

const BEDROCK = ['aws:bedrock:InvokeModel', 'aws:bedrock:InvokeModelWithResponseStream'];
const twice = (action: string) => [action, action];
const VERTEX = twice('gcp:aiplatform.endpoints.predict');

/** By the name that models_client.py knows them by: which permissions its two calls use. */
const APIS: readonly { name: string; actions?: readonly string[] }[] = [
  { name: 'converse', actions: BEDROCK },
  { name: 'invoke', actions: BEDROCK },
  {
    name: 'gemini',
    actions: ['generateContent', 'streamGenerateContent'].map(
      (verb) => `gcp:generativelanguage:?POST /v1beta/models/gemini-lab:${verb}`,
    ),
  },
  { name: 'vertex', actions: VERTEX },
  { name: 'vertex_claude', actions: VERTEX },
  {
    name: 'azure',
    actions: twice('azure:Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action'),
  },
  { name: 'mistral' },
  { name: 'cohere' },
  { name: 'ollama' },
  { name: 'huggingface' },
  { name: 'groq' },
  { name: 'vllm' },
];

const skipped = noProbes ?? whyNoPeers(PYTHON);
if (skipped) console.warn(`SDKs of models are skipped: ${skipped}`);

describe.skipIf(skipped)('calls of models', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.stop());

  it.each(APIS)('by $name are read, whole and streamed', async ({ name, actions = [] }) => {
    const window = await openWindow(lab);
    const log = logOf<Line>(await window.run(PYTHON, [join(PEERS, 'python/models_client.py'), name]));
    const seen = await window.close();
    expect(log.map(({ stream, tools }) => [stream, tools])).toEqual([
      [false, ['weather']],
      [true, ['weather']],
    ]);
    hold(name, seen, accounts(seen, log, actions), [
      'prompt-template',
      'tool-sequence',
      'credential-source',
      'identity-hop',
    ]);
    expect(JSON.stringify(seen.segments)).not.toMatch(/c4n4ry|lab-secret|Tarragona|You are a guide/);
  });
});

function accounts(seen: Seen, log: readonly Line[], actions: readonly string[]): Held[] {
  const kind = 'llm-call' as const;
  return [
    {
      ...{ kind, what: 'models asked, by API' },
      said: countOf(log.map(({ subject, api }) => `${subject} by ${api}`)),
      seen: rowsOf(seen, kind, ({ subject, context }) => `${subject} by ${context}`),
    },
    {
      ...{ kind, what: 'models that answered' },
      said: countOf(
        new Set(log.flatMap(({ subject, answered }) => (answered ? `${subject} answered ${answered}` : []))),
      ),
      seen: detailsOf(seen, kind, ['answered']),
    },
    {
      ...{ kind, what: 'streamed' },
      said: countOf(log.filter(({ stream }) => stream).map(({ subject }) => `${subject} streamed`)),
      seen: detailsOf(seen, kind, ['streamed']),
    },
    {
      ...{ kind, what: 'tools on offer, and asked for' },
      said: weigh(
        log.flatMap(({ subject, tools }) => [
          [`${subject} toolsOffered`, 1] as const,
          [`${subject} toolsAsked`, tools.length] as const,
        ]),
      ),
      seen: new Map([...sumsOf(seen, 'toolsOffered'), ...sumsOf(seen, 'toolsAsked')]),
    },
    {
      ...{ kind, what: 'tokens' },
      said: weigh(
        log.flatMap(({ subject, input, output }) => [
          [`${subject} inputTokens`, input] as const,
          [`${subject} outputTokens`, output] as const,
        ]),
      ),
      seen: new Map([...sumsOf(seen, 'inputTokens'), ...sumsOf(seen, 'outputTokens')]),
    },
    {
      ...{ kind: 'cloud-action', what: 'permissions used' },
      said: countOf(actions),
      seen: rowsOf(seen, 'cloud-action'),
    },
    {
      ...{ kind: 'model', what: 'as models in use' },
      said: new Map([['times', log.length]]),
      seen: rowsOf(seen, 'model', () => 'times'),
    },
  ];
}

function sumsOf({ details }: Seen, name: string): [string, number][] {
  return details
    .filter(({ kind, sums }) => kind === 'llm-call' && sums[name])
    .map(({ subject, sums }) => [`${subject} ${name}`, sums[name]!]);
}
