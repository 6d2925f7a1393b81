import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CgroupPath, parseCgroupPath } from '../../../src/observe/workload/cgroup-path.ts';

type Case = { name: string; path: string; expected: CgroupPath };
const CASES: Case[] = JSON.parse(
  readFileSync(new URL('../../../fixtures/cgroup-paths/cases.json', import.meta.url), 'utf8'),
);

describe('parseCgroupPath', () => {
  it.each(CASES)('$name', ({ path, expected }) => {
    expect(parseCgroupPath(path)).toEqual(expected);
  });

  it('reads the same container below any prefix of ordinary directories', () => {
    const prefix = fc.array(fc.constantFrom('memory', 'unified', 'a.slice', 'node-1', '..'), {
      maxLength: 3,
    });
    const contained = CASES.filter(
      ({ expected }) => expected.podUid !== null && expected.containerId !== null,
    );
    fc.assert(
      fc.property(prefix, fc.constantFrom(...contained), (parts, { path, expected }) => {
        expect(parseCgroupPath(`/${[...parts, ''].join('/')}${path}`)).toEqual(expected);
      }),
    );
  });

  it('never throws', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('kubepods', 'docker', 'x.service', 'pod', ':', '.slice'),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(Object.keys(parseCgroupPath(parts.join('/')))).toHaveLength(5);
      }),
    );
  });
});
