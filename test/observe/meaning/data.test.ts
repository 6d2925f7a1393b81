import { describe, expect, it } from 'vitest';
import { readData } from '../../../src/observe/meaning/data.ts';
import { casesOf, play, world, written } from './exchange.ts';

/** Requests and answers as the stores document them, and all that is to be said of each. */
describe('data access', () => {
  it.each(casesOf('data'))('%s', (_path, one) => {
    const into = world();
    expect(play(readData(into), one)).toBe(true);
    expect(written(into.said)).toEqual(one.says);
  });

  it.each([
    ['0', { records: 2, error: false, denied: false }],
    ['5', { error: true, denied: false }],
    ['16', { error: true, denied: true }],
  ])('believes the trailers of gRPC: %s', (status, said) => {
    const into = world();
    const [, one] = casesOf('data').find(([name]) => name === 'qdrant/grpc-search.json')!;
    play(readData(into), { ...one, ending: { trailers: new Map([['grpc-status', status]]) } });
    expect(into.said.at(-1)).toMatchObject({ kind: 'data-access', subject: 'qdrant/handbook', ...said });
    expect(into.said.at(-1)?.records).toBe(status === '0' ? 2 : undefined);
  });

  it('calls a collection by its name once that was seen', () => {
    const into = world();
    const at = '/api/v2/tenants/t/databases/d/collections';
    const [path, one] = casesOf('data').find(([name]) => name === 'chroma/query.json')!;
    const id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const opened = { id, name: 'handbook', metadata: { owner: 'x' } };
    for (const [target, body] of [
      [at, opened],
      [`${at}/handbook`, opened],
      [at, [opened]],
    ] as const)
      play(readData(into), { request: { method: 'GET', target }, response: { status: 200, body } });
    play(readData(into), one);
    expect(path).toBe('chroma/query.json');
    expect(
      into.said
        .filter(({ kind }) => kind === 'data-access')
        .map(({ subject, context }) => [subject, context]),
    ).toEqual([
      ['chroma/?', 'open'],
      ['chroma/handbook', 'open'],
      ['chroma/?', 'open'],
      ['chroma/handbook', 'query'],
    ]);
  });

  it.each([
    ['another path', 'GET', 'api.example.com', '/v1/orders'],
    ['configuration of a bucket', 'GET', 'logs.s3.amazonaws.com', '/?policy='],
    ['a bucket made', 'PUT', 'logs.s3.amazonaws.com', '/'],
    ['the storage account', 'GET', 'contoso.blob.core.windows.net', '/?comp=list'],
    ['a bucket of Google', 'GET', 'storage.googleapis.com', '/storage/v1/b/corpus'],
  ])('leaves %s to others', (_what, method, authority, target) => {
    expect(play(readData(world()), { request: { method, authority, target } })).toBe(false);
  });
});
