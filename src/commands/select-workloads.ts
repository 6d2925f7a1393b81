/** Which workloads a report is of: those that were asked for, and of these the agents. */
import { EXIT, UserError } from '../errors.ts';
import type { LabelSelector } from '../model/kubernetes.ts';
import type { Ledger } from '../model/ledger.ts';
import { isAgent } from '../reconcile/is-agent.ts';
import { isSelected } from '../reconcile/select.ts';
import { plural } from '../render/text.ts';
import type { AuditOptions } from './audit-options.ts';
import { namespacesOf } from './gather-estate.ts';

export function selectNamed(ledger: Ledger, options: AuditOptions, selector: LabelSelector | null): Ledger {
  const selection = { namespaces: namespacesOf(options), selector };
  const workloads = ledger.workloads.filter((workload) => isSelected(workload, selection));
  if (workloads.length > 0 || ledger.workloads.length === 0) return { ...ledger, workloads };
  const given = [
    ...(selection.namespaces === null ? [] : [`-n ${selection.namespaces.join(' -n ')}`]),
    ...(options.selector === undefined ? [] : [`-l ${options.selector}`]),
  ].join(' ');
  throw new UserError(
    `nothing to audit: ${given} chooses none of ${plural(ledger.workloads.length, 'workload')}`,
    {
      hint: `-l is held against the labels of a workload and of its pods, as kubectl does. There are: ${labelsOf(ledger) || 'none of Kubernetes'}`,
      exitCode: EXIT.nothing,
    },
  );
}

/** Enough to see a wrong name by. */
function labelsOf({ workloads }: Ledger): string {
  const named = workloads.filter(({ id }) => id.startsWith('k8s:'));
  const names = named.slice(0, 5).map(({ label, configured, observed }) => {
    const labels = Object.entries(configured?.podLabels ?? observed?.meta.labels ?? {});
    return `${label} (${labels.map(([key, value]) => `${key}=${value}`).join(',') || 'no labels'})`;
  });
  return named.length > names.length ? `${names.join(', ')}, …` : names.join(', ');
}

/**
 * Not every workload of a cluster is an agent; `--all-workloads` audits them all. What an earlier report had as one
 * stays one: without the probe that saw its framework it would leave the report, and the gate, unnoticed.
 */
export function selectAgents(ledger: Ledger, all: boolean, before: ReadonlySet<string> = new Set()): Ledger {
  const workloads = ledger.workloads.filter((one) => all || isAgent(one) || before.has(one.id));
  if (workloads.length > 0) return { ...ledger, workloads };
  throw new UserError(
    `nothing to audit: none of ${plural(ledger.workloads.length, 'workload')} looks like an AI agent`,
    {
      hint:
        'an agent is a workload that declares AI artifacts (annotations ai-spm.dev/models, …), was seen loading a model ' +
        'or an AI framework, or carries the label ai-spm.dev/agent=true. Add the label, or audit all with --all-workloads',
      exitCode: EXIT.nothing,
    },
  );
}
