/** Per Kubernetes workload: a NetworkPolicy of what it was seen to reach, with its decisions and its proof. */
import type { DestinationOf } from '../match/destination.ts';
import { selectorMatches } from '../match/selector.ts';
import type { Finding } from '../model/finding.ts';
import type { Labels } from '../model/kubernetes.ts';
import type { Ledger, LedgerWorkload } from '../model/ledger.ts';
import type { DerivedPolicy } from '../model/report.ts';
import { parseKubernetesWorkloadId } from '../model/workload.ts';
import {
  behaviorDoubt,
  confidenceDecision,
  coverageDoubt,
  expiry,
  fingerprints,
  type PolicyOptions,
  validityDecision,
} from './decisions.ts';
import { fileName, objectName } from './names.ts';
import { type Contacts, contactsOf } from './network-contacts.ts';
import { networkDocument } from './network-document.ts';
import { stableLabels } from './network-grant.ts';
import { removed, replay, subset } from './network-proof.ts';
import { capabilitiesUnder, type PolicyTarget } from './network-reread.ts';

export type NetworkContext = {
  ledger: Ledger;
  findings: readonly Finding[];
  destinationOf: DestinationOf;
  options: PolicyOptions;
};

const GRANULARITY = {
  choice: 'NetworkPolicy',
  detail:
    'addresses, pods and ports of egress; blind to host names, HTTP paths, identities and ingress. One per workload, never per pod',
};
const CLOSURE = {
  choice: 'structural',
  detail:
    'pods by namespace and the labels that outlive a rollout, a Service by the pods behind it, ports as seen; addresses outside the cluster and of nodes literally',
};

/** Null where the workload is no Kubernetes one: then there is nothing that the policy could select. */
function targetOf({ id, configured, observed }: LedgerWorkload): PolicyTarget | null {
  if (configured !== null) return configured;
  const parsed = parseKubernetesWorkloadId(id);
  if (parsed === null) return null;
  const { kind, namespace, name } = parsed;
  return {
    id,
    namespace,
    podLabels: observed?.meta.labels ?? {},
    hostNetwork: false,
    ref: { apiVersion: '', kind, namespace, name, location: null },
  };
}

function refusalOf(target: PolicyTarget | null, selector: Labels): string | null {
  if (target === null) return 'it does not run in Kubernetes, and a NetworkPolicy selects pods';
  if (target.hostNetwork) return 'its pods use the network of the node, where NetworkPolicies do not apply';
  if (Object.keys(selector).length === 0) return 'its pods carry no label that outlives a rollout';
  return null;
}

/** Other workloads that the selector would hit: they would lose what they need. */
function alsoSelected(ledger: Ledger, target: PolicyTarget, selector: Labels): string[] {
  const all = ledger.configured?.workloads ?? ledger.workloads.flatMap(({ configured }) => configured ?? []);
  return all
    .filter(({ id, namespace, hostNetwork, podLabels }) => {
      if (id === target.id || namespace !== target.namespace || hostNetwork) return false;
      return selectorMatches({ matchLabels: selector, matchExpressions: [] }, podLabels) === 'yes';
    })
    .map(({ kind, name }) => `${kind} ${name}`);
}

function networkDoubt(workload: LedgerWorkload, { thresholds }: PolicyOptions): string | null {
  const { observed } = workload;
  if (observed === null) return null;
  const { attachedSince, lost } = observed.coverage.network;
  if (attachedSince === null) return 'the network probes were not attached';
  if (lost > 0) return `${lost} network events were lost`;
  return coverageDoubt(workload, 'network', thresholds);
}

type Draft = {
  workload: LedgerWorkload;
  target: PolicyTarget;
  selector: Labels;
  contacts: Contacts;
  decisions: DerivedPolicy['decisions'];
};

function leftOut(count: number): string {
  return count === 1 ? '1 destination in use is' : `${count} destinations in use are`;
}

/** Why a person has to look before it may block anything. */
function reviewReasons({ ledger, findings, options }: NetworkContext, draft: Draft): string[] {
  const { workload, target, selector, contacts } = draft;
  const others = alsoSelected(ledger, target, selector);
  const unpoliced = findings.find((f) => f.workload === workload.id && f.kind === 'unpoliced-egress');
  return [
    ...[behaviorDoubt(workload), networkDoubt(workload, options)].flatMap((doubt) => doubt ?? []),
    ...(contacts.withheld.length === 0
      ? []
      : [`${leftOut(contacts.withheld.length)} left out, and would be cut`]),
    ...(others.length === 0 ? [] : [`its selector also selects ${others.join(', ')}`]),
    ...(unpoliced === undefined
      ? []
      : [`[G2] ${unpoliced.id}: no policy governs its egress today, so what it reached was never agreed on`]),
  ];
}

function header(draft: Draft, reasons: readonly string[]): string[] {
  const { workload, decisions } = draft;
  const own = workload.configured?.egressPolicies.filter(({ kind }) => kind === 'NetworkPolicy') ?? [];
  const names = own.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  return [
    `NetworkPolicy derived by ai-spm for ${workload.label}, from what it was seen to reach`,
    reasons.length === 0 ? 'status: DERIVED' : `status: REVIEW ONLY, do not enforce: ${reasons.join('; ')}`,
    ...(['granularity', 'closure', 'confidence', 'validity'] as const).map(
      (name) => `${name}: ${decisions[name].choice}: ${decisions[name].detail}`,
    ),
    ...(own.length === 0
      ? []
      : [`replaces: ${names}; policies add up, so while these select the pods, this one takes nothing away`]),
    'way out: delete it; the policies that were there before apply again',
    'NodeLocal DNSCache: traffic to the own node is always allowed; where it is not, add ipBlock 169.254.20.10/32, port 53',
  ];
}

function annotations(
  draft: Draft,
  options: PolicyOptions,
  reasons: readonly string[],
): Record<string, string> {
  return {
    'ai-spm.dev/status': reasons.length === 0 ? 'derived' : 'review',
    'ai-spm.dev/expires': expiry(options),
    'ai-spm.dev/derived-for': fingerprints(draft.workload).join(', '),
  };
}

function proven(context: NetworkContext, draft: Draft): Omit<DerivedPolicy, 'decisions' | 'substrate'> {
  const { workload, target, selector, contacts } = draft;
  const current = workload.capabilities.filter(({ kind }) => kind === 'egress');
  const { subset: subsetProof, adds } = subset(current, contacts.included, context.ledger.configured);
  const write = (reasons: readonly string[]) =>
    networkDocument(contacts.included, {
      name: objectName(target.ref.name, 'egress-derived'),
      namespace: target.namespace,
      podSelector: selector,
      annotations: annotations(draft, context.options, reasons),
      header: header(draft, reasons),
    });
  const reasons = [
    ...reviewReasons(context, draft),
    ...(adds.length === 0 ? [] : [`it would allow ${adds.join('; ')}, which the configuration does not`]),
  ];
  const document = write(reasons);
  const replayed = replay(capabilitiesUnder(document, target), contacts.included);
  const all = replayed.denied.length === 0 ? reasons : [...reasons, 'it would deny what was observed'];
  return {
    workload: workload.id,
    label: workload.label,
    status: all.length === 0 ? 'derived' : 'review',
    reason: all.length === 0 ? null : all.join('; '),
    fileName: fileName(target.namespace, target.ref.name, 'networkpolicy.yaml'),
    document: all.length === reasons.length ? document : write(all),
    removes: workload.configured === null ? [] : removed(workload, contacts.included),
    review: [...contacts.withheld, ...contacts.below],
    replay: replayed,
    subset: subsetProof,
  };
}

function refused(workload: LedgerWorkload, reason: string): Omit<DerivedPolicy, 'decisions' | 'substrate'> {
  return {
    workload: workload.id,
    label: workload.label,
    status: 'refused',
    reason,
    fileName: fileName(workload.observed?.meta.namespace ?? null, workload.label, 'networkpolicy.yaml'),
    document: null,
    removes: [],
    review: [],
    replay: { checked: 0, denied: [] },
    subset: { state: 'unknown', detail: ['no document'] },
  };
}

/** Null where nothing was observed: a policy of nothing would cut everything. */
export function networkPolicy(workload: LedgerWorkload, context: NetworkContext): DerivedPolicy | null {
  if (workload.observed === null) return null;
  const { findings, options, destinationOf } = context;
  const target = targetOf(workload);
  const selector = stableLabels(target?.podLabels ?? {});
  const contacts = contactsOf(workload, findings, options.thresholds, destinationOf);
  const { included, below } = contacts;
  const decisions = {
    granularity: GRANULARITY,
    closure: CLOSURE,
    confidence: confidenceDecision(included.length, below.length, 'destinations', options.thresholds),
    validity: validityDecision(workload, options),
  };
  const refusal = refusalOf(target, selector);
  const rest =
    refusal !== null || target === null
      ? refused(workload, refusal ?? '')
      : proven(context, { workload, target, selector, contacts, decisions });
  return { ...rest, substrate: 'networkpolicy', decisions };
}
