import { describe, expect, it } from 'vitest';
import { readLlm } from '../../../src/observe/meaning/llm.ts';
import { casesOf, play, world, written } from './exchange.ts';

/** Requests and answers as the providers publish them, and all that is to be said of each. */
describe('LLM calls', () => {
  it.each(casesOf('llm'))('%s', (_path, one) => {
    const into = world();
    expect(play(readLlm(into), one)).toBe(true);
    expect(written(into.said)).toEqual(one.says);
    for (const { at, bytes } of into.said) expect([at, bytes ?? 1_100]).toEqual([2_000, 1_100]);
  });
});
