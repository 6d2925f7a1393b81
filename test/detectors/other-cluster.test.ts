import { describe, expect, it } from 'vitest';
import { cellOf, inputsOf } from './support/case.ts';
import { AGENT } from './support/observe.ts';

const OTHER = 'k8s:9d0e6c1a-0000-4000-8000-000000000002/research/Deployment/report-agent';

describe('a workload of another cluster than the configuration', () => {
  it('is not joined with its namesake, and both clusters are named', () => {
    const { findings, cannotTell } = cellOf(
      'undeclared-model',
      inputsOf({ about: '', observed: { workload: OTHER }, expect: {} }),
    );
    expect(findings).toEqual([]);
    expect(cannotTell.map(({ workload, reason }) => [workload, reason])).toEqual([
      [AGENT, 'no-snapshot'],
      [OTHER, 'no-configuration'],
    ]);
    expect(cannotTell[1]!.detail).toMatch(
      /observed in cluster 9d0e6c1a-\S+, and what was read from .* is of cluster 3f0e6c1a-/,
    );
  });
});
