/** Which tool calls an answer asked for, under the names that frameworks give to tools, and what is whose doing. */
import { describe, expect, it } from 'vitest';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { connect, createFlowState } from '../../../src/observe/streams/flows.ts';

const at = 1;
const asks = (...asksFor: string[]): Said => ({
  kind: 'llm-call',
  subject: 'openai/gpt-4o',
  at,
  asksFor,
  words: { promptTemplates: ['t1'] },
});
const call = (tool: string): Said => ({ kind: 'tool-call', subject: `npx:@x/files/${tool}`, tool, at });
const api: Said = { kind: 'http-endpoint', subject: 'GET api.example/v1', at };

const subjects = (said: readonly Said[]) => said.map(({ kind, subject }) => `${kind} ${subject}`);

describe('a call of a tool', () => {
  it.each([
    ['read', 'read'],
    ['fs/read', 'fs/read'],
    ['fs_read', 'fs/read'],
    ['mcp__files__read', 'read'],
    ['mcp__files__fs_read', 'fs/read'],
    ['mcp__my_files__read_file', 'read_file'],
    ['files/read', 'read'],
    ['files__read', 'read'],
    ['files.read', 'read'],
    ['files:read', 'read'],
  ])('%s leads to %s, and what it does is not the doing of who asked', (asked, tool) => {
    const state = createFlowState();
    connect(state, [asks(asked)], null);
    expect(subjects(connect(state, [api], null))).toEqual([`flow ${asked} → GET api.example/v1 → - → -`]);
    expect(subjects(connect(state, [call(tool)], null))).toEqual([
      `tool-sequence prompt:t1 → npx:@x/files/${tool}`,
    ]);
    expect(connect(state, [api], null)).toEqual([]);
  });

  it.each([
    ['read', 'fs/read'],
    ['write', 'read'],
    ['mcp__files__read', 'read_file'],
    ['read_file', 'file'],
  ])('%s does not lead to %s', (asked, tool) => {
    const state = createFlowState();
    connect(state, [asks(asked)], null);
    expect(connect(state, [call(tool)], null)).toEqual([]);
    expect(connect(state, [api], null)).toHaveLength(1);
  });

  it('is not what a model does that is asked through an API of a cloud', () => {
    const state = createFlowState();
    const invoke: Said = { kind: 'cloud-action', subject: 'aws:bedrock:InvokeModel', at };
    expect(connect(state, [asks('read'), invoke], null)).toEqual([]);
    expect(connect(state, [asks('read'), invoke], null)).toEqual([]);
    expect(subjects(connect(state, [api], null))).toEqual(['flow read → GET api.example/v1 → - → -']);
    // Unless it is the tool that asks a model.
    expect(subjects(connect(createFlowState(), [asks(), invoke], 'summarise'))).toEqual([
      'flow summarise → aws:bedrock:InvokeModel → - → -',
    ]);
  });

  it('of several that were asked for is no one’s own doing', () => {
    const state = createFlowState();
    connect(state, [asks('a', 'b')], null);
    expect(connect(state, [api], null)).toEqual([]);
    connect(state, [asks('a__b')], null);
    expect(connect(state, [api], null)).toHaveLength(1);
  });
});
