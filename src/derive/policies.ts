/** Every policy that can be derived, per workload: one file per substrate, all from the one ledger. */
import { createDestinations } from '../match/destination.ts';
import type { Finding } from '../model/finding.ts';
import type { Ledger } from '../model/ledger.ts';
import type { DerivedPolicy } from '../model/report.ts';
import type { PolicyOptions } from './decisions.ts';
import { networkPolicy } from './network-policy.ts';
import { seccompPolicy } from './seccomp.ts';

export function derivePolicies(
  ledger: Ledger,
  findings: readonly Finding[],
  options: PolicyOptions,
): DerivedPolicy[] {
  const context = { ledger, findings, destinationOf: createDestinations(ledger.configured), options };
  return ledger.workloads.flatMap((workload) =>
    [networkPolicy(workload, context), seccompPolicy(workload, findings, options)].flatMap(
      (policy) => policy ?? [],
    ),
  );
}
