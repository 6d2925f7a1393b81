import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { explain, findExplained, idOf } from '../../src/render/explain.ts';
import { CASES, OBEYED, REPORTS, readCase } from './cases.ts';

const options = { columns: 80, color: false };
const ALL = CASES.flatMap((name) => {
  const report = readCase(name);
  return [...report.findings, ...report.cannotTell].map((item) => ({ name, report, item, id: idOf(item) }));
});

describe('explain', () => {
  it.each(['inherited-api-access', 'destination-shift', 'unused-egress'])(
    'reads as filed: %s',
    async (kind) => {
      const report = readCase('history');
      const finding = report.findings.find((f) => f.kind === kind)!;
      const text = explain(report, finding.id, options);
      await expect(text).toMatchFileSnapshot(`${REPORTS}history/explain-${kind}.txt`);
    },
  );

  it('reads as filed: a cell that cannot be told', async () => {
    const report = readCase('live-window');
    const cell = report.cannotTell.find((c) => c.kind === 'unused-egress')!;
    const text = explain(report, cell.fingerprint, options);
    await expect(text).toMatchFileSnapshot(`${REPORTS}live-window/explain-cannot-tell.txt`);
  });

  it('fits, and holds nothing that a terminal obeys, for every item of every case', () => {
    expect(ALL.length).toBeGreaterThan(30);
    for (const { report, id } of ALL) {
      const lines = explain(report, id, options).split('\n');
      expect(lines.filter((line) => stringWidth(line) > 80 || OBEYED.test(line))).toEqual([]);
    }
  });

  it('has the fixed blocks in their order', () => {
    for (const { report, item } of ALL.filter(({ item }) => 'claim' in item)) {
      const text = explain(report, item.fingerprint, options);
      const headings = [
        '\nCLAIM\n',
        '\nCONFIGURED PATH\n',
        '\nOPERATIONAL EVIDENCE\n',
        '\nWHY GAP ',
        '\nREMEDY\n',
        '\nCONFIDENCE\n',
      ];
      const places = headings.map((heading) => text.indexOf(heading));
      expect(places.every((place) => place > 0)).toBe(true);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });

  it('marks the inherited hops, and only these', () => {
    const report = readCase('history');
    const finding = report.findings.find((f) => f.kind === 'inherited-api-access')!;
    const text = explain(report, finding.id, options);
    for (const [i, hop] of finding.configured.path.entries()) {
      expect(text.includes(`  ${i + 1} ~ ${hop.object}`)).toBe(hop.inherited);
    }
  });

  it('is found by any prefix of id or fingerprint, in any case, and by nothing else', () => {
    const report = readCase('history');
    const { id, fingerprint } = report.findings[0]!;
    expect(findExplained(report, id.slice(0, 6)).map(idOf)).toEqual([id]);
    expect(findExplained(report, ` ${fingerprint.toUpperCase()}`).map(idOf)).toEqual([id]);
    expect(findExplained(report, '')).toEqual([]);
    expect(() => explain(report, 'zz', options)).toThrow(/is called zz/);
  });
});
