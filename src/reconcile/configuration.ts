/** The report's rows of how an agent is configured beside what it may do: what its pods run as, and what is asked of them. */
import { podPolicies } from '../match/admission.ts';
import { resourceGap } from '../match/source-coverage.ts';
import type { ConfiguredPosture, ConfiguredWorkload } from '../model/configured.ts';
import type { ObjectRef, ResourceName } from '../model/kubernetes.ts';
import type { Ledger } from '../model/ledger.ts';
import type { AgentObject } from '../model/posture-objects.ts';
import type { ConfigurationRow } from '../model/report.ts';
import { containerText, podText } from './security-words.ts';

type Said = Omit<ConfigurationRow, 'workload' | 'label'>;

const LEVELS = ['enforce', 'audit', 'warn'] as const;
const LEVEL = 'pod-security.kubernetes.io/';

export function configurationRows({ configured, workloads }: Ledger): ConfigurationRow[] {
  if (!configured) return [];
  return workloads.flatMap(({ id, label, configured: workload }) =>
    workload ? rowsOf(configured, workload).map((one) => ({ workload: id, label, ...one })) : [],
  );
}

function rowsOf(posture: ConfiguredPosture, workload: ConfiguredWorkload): Said[] {
  return [
    ...operatorRows(posture, workload),
    { aspect: 'pod', subject: nameOf(workload.ref), says: podText(workload) },
    ...workload.containers.map((one) => ({
      aspect: 'container' as const,
      subject: one.name,
      says: containerText(one, workload.security ?? {}),
    })),
    podSecurity(posture, workload),
    ...admissionRows(posture, workload),
    ...credentialRows(workload),
  ];
}

/** Levels of Pod Security admission, as the labels of the namespace say them. */
function podSecurity(
  { namespaces = [], coverage }: ConfiguredPosture,
  { namespace }: ConfiguredWorkload,
): Said {
  const row = { aspect: 'pod-security', subject: `Namespace ${namespace}` } as const;
  const found = namespaces.find(({ name }) => name === namespace);
  const gap = resourceGap(coverage, 'namespaces', null);
  if (!found) return { ...row, says: `not known: ${gap ?? 'the namespace is not among those read'}` };
  const levels = LEVELS.flatMap((mode) => {
    const level = found.labels[`${LEVEL}${mode}`];
    const version = found.labels[`${LEVEL}${mode}-version`];
    return level === undefined ? [] : [`${mode} ${level}${version === undefined ? '' : ` (${version})`}`];
  });
  const unset = 'no level is set: the default of the API server counts, which is privileged unless changed';
  return { ...row, says: levels.length > 0 ? levels.join(', ') : unset };
}

function admissionRows(
  { admission = [], coverage }: ConfiguredPosture,
  { namespace }: ConfiguredWorkload,
): Said[] {
  const rows = podPolicies(admission, namespace).map(({ ask, by }) => ({
    aspect: 'admission' as const,
    subject: nameOf(by.ref),
    says: `${by.actions.join(', ') || 'does nothing'}${ask === by ? '' : ` what ${nameOf(ask.ref)} finds`}`,
  }));
  return [...rows, ...unread('admission', 'admission', coverage, namespace)];
}

/** What nobody read may be there; what was read and held nothing is no row. */
function unread(
  aspect: Said['aspect'],
  resource: ResourceName,
  coverage: ConfiguredPosture['coverage'],
  namespace: string,
): Said[] {
  const gap = resourceGap(coverage, resource, namespace);
  return gap === null ? [] : [{ aspect, subject: '', says: `not known: ${gap}` }];
}

/** In the order in which SDKs look: one cloud after the other, the first that is effective wins. */
function credentialRows({ credentials = [] }: ConfiguredWorkload): Said[] {
  return credentials.map(({ cloud, mechanism, status, principal, reason }) => ({
    aspect: 'credential',
    subject: `${cloud} ${mechanism}`,
    says: `${status}: ${principal ?? 'as whom is not known'}; ${reason}`,
  }));
}

function operatorRows({ agents = [], coverage }: ConfiguredPosture, workload: ConfiguredWorkload): Said[] {
  const own = workload.operators ?? [];
  const rows = own.map((one) => ({
    aspect: 'operator' as const,
    subject: nameOf(one.ref),
    says: `${one.operator} ${one.role}${operatorText(one, agents)}`,
  }));
  return [...rows, ...unread('operator', 'agents', coverage, workload.namespace)];
}

function operatorText(one: AgentObject, all: readonly AgentObject[]): string {
  const inNamespace = (kind: string, name: string | null) =>
    all.find(({ ref }) => ref.kind === kind && ref.name === name && ref.namespace === one.ref.namespace);
  const model = inNamespace('ModelConfig', one.modelConfig);
  const tools = one.tools.map(({ kind, server, names }) => {
    const url = inNamespace(kind, server)?.url;
    const where = url ? ` at ${url}` : '';
    return `${kind} ${server}${where} (${names.length > 0 ? names.join(', ') : 'every tool'})`;
  });
  return [
    ...(one.modelConfig === null
      ? []
      : [
          `; model ${model?.model ?? 'not known'} of ${model?.provider ?? '?'} (ModelConfig ${one.modelConfig})`,
        ]),
    ...(tools.length === 0 ? [] : [`; tools: ${tools.join('; ')}`]),
    ...(one.url === null ? [] : [`; at ${one.url}`]),
    ...(one.image === null ? [] : [`; image ${one.image}`]),
  ].join('');
}

function nameOf({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}
