import { describe, expect, it } from 'vitest';
import type { OperationRow, Report } from '../../src/model/report.ts';
import { render } from '../../src/render/index.ts';
import { readCase } from './cases.ts';

const [sample] = readCase('live-window').operation;

function row(given: Partial<OperationRow>): OperationRow {
  return {
    ...sample!,
    principal: null,
    context: null,
    errors: 0,
    denied: 0,
    records: 0,
    sums: {},
    words: {},
    ...given,
  };
}

/** The lines below the agent's name. */
async function lines(operation: OperationRow[]): Promise<string[]> {
  const report: Report = { ...readCase('live-window'), operation };
  const text = await render('table', report, { columns: 80, color: false, show: ['operation'] });
  const all = text.trimEnd().split('\n');
  return all.slice(all.indexOf('OPERATION') + 2).map((line) => line.trim());
}

const call = (subject: string, given: Partial<OperationRow> = {}) =>
  row({ kind: 'tool-call', subject, ...given });
const lookup = (subject: string, given: Partial<OperationRow> = {}) =>
  row({ kind: 'name-lookup', subject, context: 'A', count: 2, ...given });

describe('operation', () => {
  it('says the sums of a subject once, and shares time among all its calls', async () => {
    const sums = { durationUs: 12_000 };
    const calls = [call('a/x', { count: 3, sums }), call('a/x', { count: 1, sums, principal: 'system:p' })];
    expect(await lines([...calls, call('a/y', { count: 2 })])).toEqual([
      'tools called',
      '3  a/x  3 ms each',
      '2  a/y',
      '1  a/x',
    ]);
  });

  it('says what is not known, and what is not sure', async () => {
    const unnamed = row({ kind: 'mcp-server', subject: 'stdio:?', count: 1 });
    const index = row({ kind: 'rag-index', subject: 'faiss/file:/d/x.bin', context: 'likely', count: 1 });
    const text = (await lines([unnamed, index])).join(' ');
    expect(text).toContain('stdio:? (nothing names it)');
    expect(text).toContain('faiss/file:/d/x.bin (likely: opened where its library is mapped)');
  });

  it('names a server with each tool where there are two', async () => {
    const server = (subject: string) => row({ kind: 'mcp-server', subject, count: 1 });
    const one = await lines([server('npx:a'), call('npx:a/x', { count: 1 })]);
    const two = await lines([
      server('npx:a'),
      server('npx:b'),
      call('npx:a/x', { count: 1 }),
      call('npx:b/x'),
    ]);
    expect(one).toContain('1  x');
    expect(two).toContain('1  npx:a/x');
  });

  it('names the log that tells of what was not heard, and who may have done it', async () => {
    const told = (sources: string[], oneOf?: string[]) =>
      row({
        kind: 'cloud-action',
        subject: 'aws:s3:GetObject',
        count: 3,
        sources,
        ...(oneOf ? { oneOf } : {}),
      });
    expect(await lines([told(['log:cloudtrail'])])).toContain('3  aws:s3:GetObject  told by CloudTrail');
    expect(await lines([told(['sensor:tls'])])).toContain('3  aws:s3:GetObject');
    const shared = (await lines([told(['log:cloudtrail'], ['research/a', 'research/b'])])).join(' ');
    expect(shared).toContain('told by CloudTrail; by one of research/a, research/b, who may each act as it');
  });

  it('folds what a search list made, and nothing else', async () => {
    const failed = { errors: 2 };
    expect(
      await lines([
        lookup('db.prod', { records: 2 }),
        lookup('db.prod.svc.local', failed),
        lookup('db.prod.local', failed),
        lookup('dbx.prod', failed),
        lookup('db.prod.alive', { records: 1, errors: 1 }),
        lookup('gone.local', failed),
      ]),
    ).toEqual([
      'names looked up',
      '2  db.prod (A)  2 addresses; tried with 2 search domains',
      '2  db.prod.alive (A)  1 failed; 1 address',
      '2  dbx.prod (A)  2 failed',
      '2  gone.local (A)  2 failed',
    ]);
  });

  it('does not repeat what the subject says, and says what differs', async () => {
    const words = { hosts: ['gw:8443'], requested: ['big'], answered: ['small'], toolsHash: ['0a'] };
    const [, line] = await lines([row({ kind: 'llm-call', subject: 'gw:8443/big', count: 1, words })]);
    expect(line).toBe('1  gw:8443/big  answered by small');
  });

  it('prints a sum or a word that it has no label for', async () => {
    const given = { sums: { newThing: 1, __proto__: 1 }, words: { otherThing: ['x'], constructor: ['y'] } };
    const [, line] = await lines([
      row({ kind: 'cloud-action', subject: 's3:GetObject', count: 1, ...given }),
    ]);
    expect(line).toBe('1  s3:GetObject  1 new thing; other thing: x; constructor: y');
  });

  it('shows of a flow the places where something is', async () => {
    const flow = (subject: string) => row({ kind: 'flow', subject, count: 1, principal: 'me' });
    expect(await lines([flow('t → - → b/ → me'), flow('t → GET x → - → you')])).toEqual([
      'flows: tool → API → data',
      '1  t → b/',
      '1  t → GET x → as you',
    ]);
  });
});
