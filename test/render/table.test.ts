import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { render, SECTIONS } from '../../src/render/index.ts';
import { runs } from '../fuzz.ts';
import { CASES, OBEYED, REPORTS, readCase } from './cases.ts';

const plain = { color: false, show: SECTIONS };
const print = (report: Report, columns: number) => render('table', report, { ...plain, columns });

/** Documents are printed as they are, so that they can be copied: their lines may be longer. */
function lines(text: string, report: Report): string[] {
  const documents = new Set(report.policies.flatMap((policy) => policy.document?.split('\n') ?? []));
  return text.split('\n').filter((line) => !documents.has(line));
}

describe.each(CASES)('table of %s', (name) => {
  const report = readCase(name);

  it.each([80, 120])('reads as filed at %i columns', async (columns) => {
    const text = await render('table', report, { columns, color: false, show: SECTIONS });
    await expect(text).toMatchFileSnapshot(`${REPORTS}${name}/table-${columns}.txt`);
  });

  it.each([80, 100, 120, 200])('fits %i columns', async (columns) => {
    const wide = lines(await print(report, columns), report).filter((line) => stringWidth(line) > columns);
    expect(wide).toEqual([]);
  });

  it('fits 60 columns in the part that is printed by default', async () => {
    const text = await render('table', report, { columns: 60, color: false });
    expect(text.split('\n').filter((line) => stringWidth(line) > 60)).toEqual([]);
  });

  it('holds nothing that a terminal obeys', async () => {
    const text = await print(report, 80);
    expect(text.split('\n').filter((line) => OBEYED.test(line))).toEqual([]);
  });

  it('says the same without colour', async () => {
    const colored = await render('table', report, { columns: 80, color: true, show: SECTIONS });
    expect(colored).toContain('\u001b[');
    expect(stripVTControlCharacters(colored)).toBe(await print(report, 80));
  });

  it('starts with the agents, after a title at most', async () => {
    const text = await print(report, 80);
    const header = text.split('\n').findIndex((line) => line.startsWith('AGENT'));
    expect(header).toBe(report.scope.title === null ? 0 : 2);
  });

  it('prints ids and agent names whole', async () => {
    const shown = report.findings.filter((finding, i) => {
      const before = report.findings.slice(0, i);
      return before.filter((f) => f.workload === finding.workload && f.gap === finding.gap).length < 2;
    });
    const text = await print(report, 80);
    for (const finding of shown.filter((f) => f.severity !== 'low')) expect(text).toContain(finding.id);
  });
});

describe('what cannot be told', () => {
  it('is never a bare 0', async () => {
    const text = await print(readCase('nothing-found'), 80);
    const [, row] = text.split('\n');
    expect(row).toMatch(/9\/47\s+0\?\s+0\s+\?\s+5/);
    expect(text).toContain('CANNOT TELL  5 of 11 checks: unknown, not clean');
    expect(text).toContain('No finding in the 6 of 11 checks that could be judged; 5 cannot tell.');
  });

  it('leaves no room for a pass without a snapshot', async () => {
    const text = await print(readCase('no-snapshot'), 80);
    expect(text.split('\n')[1]).toMatch(/\?\/47\s+\?\s+\?\s+\?\s+11\s+none\s+none/);
    expect(text).toContain('nothing could be judged');
    expect(text).not.toMatch(/\bclean\b(?<!not clean)(?<!Neither is clean)/);
  });

  it('is said of the baseline too: gone is not resolved', async () => {
    expect(await print(readCase('history'), 120)).toContain('1 gone but not resolved: cannot be told now');
  });

  it('all judged and nothing found is the only plain pass', async () => {
    const report = readCase('nothing-found');
    const judged = { ...report, cannotTell: [], agents: report.agents.map((a) => ({ ...a, cannotTell: 0 })) };
    expect(await print(judged, 80)).toContain('No finding: all 11 checks could be judged.');
  });
});

describe('long lists', () => {
  it('show the worst five of a gap and count the rest', async () => {
    const report = readCase('history');
    const text = await print(report, 80);
    expect(text).toContain('… and 2 more of [G1]: 2 low (-f json has all)');
    const worst = report.findings.filter(
      (f) => f.label === 'support/triage-agent' && f.severity === 'medium',
    );
    for (const { id } of worst) expect(text).toContain(id);
  });
});

describe('hostile names', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.constantFrom(...'\u001b\u0007\u009b\r\n\t\u202e\u2066[]31m;ab c/漢字👩'), { maxLength: 200 })
      .map((parts) => parts.join('')),
  );

  it('neither steer the terminal nor widen the report', async () => {
    const report = readCase('live-window');
    await fc.assert(
      fc.asyncProperty(name, fc.integer({ min: 60, max: 130 }), async (text, columns) => {
        const hostile: Report = {
          ...report,
          agents: report.agents.map((agent) => ({ ...agent, label: text })),
          findings: report.findings.map((f) => ({ ...f, label: text, claim: text })),
          cannotTell: report.cannotTell.map((cell) => ({ ...cell, label: text, detail: text, todo: text })),
          notes: [text],
        };
        const printed = (await render('table', hostile, { columns, color: false })).split('\n');
        expect(printed.filter((line) => OBEYED.test(line))).toEqual([]);
        expect(printed.filter((line) => stringWidth(line) > columns)).toEqual([]);
      }),
      runs(150),
    );
  });
});

const TLS: Omit<Report['coverage'][number], 'workload' | 'label'> = {
  signal: 'tls',
  attachedSince: '2026-11-21T05:00:00.000Z',
  attempted: 900,
  lost: 0,
  truncated: 0,
  collapsed: 0,
  observedMs: 3_600_000,
  existedMs: 3_600_000,
  instances: 1,
  startsSeen: 1,
  unheard: [],
  reasons: [],
};

describe('what is not heard of an agent that was watched all the time', () => {
  const report = readCase('nothing-found');
  const [agent] = report.agents as [Report['agents'][number]];
  const heard = (change: Partial<Report['coverage'][number]>): Report => ({
    ...report,
    agents: [{ ...agent, coverage: 1 }],
    coverage: [{ ...TLS, workload: agent.workload, label: agent.label, ...change }],
  });
  const opaque = { unheard: ['/opt/uploader (build id 5d1c, unknown library)'] };

  it.each([
    ['a library that cannot be read', opaque],
    ['events that were lost', { lost: 3 }],
    ['probes that were given up', { observedMs: 1 }],
  ])('is marked and explained: %s', async (_, change) => {
    const text = await print(heard(change), 120);
    expect(text).toMatch(/^\S.* 100 %\* /m);
    expect(text).toContain('"100 %*": ');
  });

  it('names the file and build id in the coverage table, beside the share', async () => {
    const text = await print(heard(opaque), 120);
    expect(text).toMatch(/^ {2}tls .* 100 %\* /m);
    expect(text).toContain('nothing of what passed through /opt/uploader (build id 5d1c, unknown library)');
  });

  it('is no mark where all was heard, or nobody listened', async () => {
    expect(await print(heard({}), 120)).not.toContain('100 %*');
    expect(await print(heard({ attachedSince: null, observedMs: 0 }), 120)).not.toContain('100 %*');
  });
});

describe('what observing cost', () => {
  const probe = (program: string, runMs: number, runs: number) => ({
    family: program.split('_')[0]!,
    program,
    runMs,
    runs,
  });
  const cost = {
    windowMs: 1_000_000,
    sensorMs: 4000,
    collectMs: 5000,
    probes: [
      probe('dispatch_exit', 900, 5_000_000),
      probe('tls_enter', 60, 3000),
      probe('tls_ret', 40, 3000),
    ],
  };

  it('is below the coverage: of the two processes, and of each family with its probes', async () => {
    const text = await print({ ...readCase('history'), cost }, 120);
    expect(text.slice(text.indexOf('COST'))).toBe(`\
COST  1 % of a core over 17 min of segments: sensor 4 s, collect 5 s, and its probes:
  dispatch 900 ms in 5M runs (0.09 %)
  tls 100 ms in 6K runs (0.01 %), and a trap of some 2 µs each: tls_enter 60 ms/3K, tls_ret 40 ms/3K
`);
  });
});

describe('an AI-BOM with MCP', () => {
  const properties = (values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => ({ name: `ai-spm:${name}`, value }));
  const own = {
    workload: 'research/report-agent',
    presence: 'undetermined',
    'presence:reason': 'nothing does',
  };
  const bom = {
    components: [
      { type: 'data', name: 'read', properties: properties({ ...own, kind: 'mcp-tool' }) },
      { type: 'library', name: 'zod', properties: properties({ ...own, kind: 'library' }) },
    ],
    services: [
      { name: 'npx:@x/files', version: '1.2.3', properties: properties({ ...own, kind: 'mcp-server' }) },
    ],
  };

  it('lists servers and tools before what the agent is built of, and counts them apart', async () => {
    const text = await render(
      'table',
      { ...readCase('history'), bom },
      { ...plain, columns: 120, show: ['findings', 'bom'] },
    );
    expect(text).toContain('AI-BOM of 1 artifact (1 undetermined), 1 MCP server, 1 MCP tool');
    expect(text.match(/^ {2}\? undetermined .*$/gm)).toEqual([
      expect.stringMatching(/ mcp-server +npx:@x\/files 1\.2\.3$/),
      expect.stringMatching(/ mcp-tool +read$/),
      expect.stringMatching(/ library +zod$/),
    ]);
  });
});
