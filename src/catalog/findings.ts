/** The one place of words for finding kinds: the screen, SARIF and --explain all read them here. */
import type { FindingKind } from '../model/finding.ts';
import type { FindingText } from './finding-text.ts';
import { IDENTITY_FINDINGS } from './identity-findings.ts';

export const FINDINGS = {
  'unused-egress': {
    gap: 1,
    discipline: 'behavior',
    title: 'Egress allowed, never used',
    meaning:
      'A network policy lets the agent connect to a destination that it never contacted. Whoever steers the agent can use the opening; the agent itself does not need it.',
    why: "Gap 1: configuration permits it and operation never did it. Not Gap 2: the permission is written in the agent's own policy. Not Gap 3: there is no use whose pattern could shift.",
    remedy: {
      scopeDown:
        'Remove {field} from {object}; the NetworkPolicy derived from what was observed (--show policies) holds what is needed.',
    },
    references: ['LLM06:2025', 'ASI02', 'AML.T0025', 'AML.M0032', 'MEASURE 2.7', 'PR.IR-01', 'ID.AM-03'],
    severity: {
      base: 'low',
      aggravated: 'medium',
      rule: 'medium where the rule reaches outside the cluster or every destination',
    },
    audience: 'agent',
  },
  'unread-secret': {
    gap: 1,
    discipline: 'identity',
    title: 'Secret mounted, never read',
    meaning:
      'A Secret lies readable in the file system of the agent, and no process of it ever opened it. A prompt-injected file read can take it away.',
    why: 'Gap 1: the mount is configured and no process opened it. Not Gap 2: the mount is in the pod template itself. Not Gap 3: there is no use whose pattern could shift.',
    remedy: { scopeDown: 'Remove the volume and its mount ({field}) from {object}.' },
    references: ['LLM02:2025', 'LLM06:2025', 'ASI03', 'AML.T0083', 'AML.T0055', 'AML.M0026', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where a whole Secret of more than one key is mounted',
    },
    audience: 'agent',
  },
  'unread-token': {
    gap: 1,
    discipline: 'identity',
    title: 'ServiceAccount token mounted, never read',
    meaning:
      'Kubernetes puts an API credential into the pod that the agent does not use. Every permission of the ServiceAccount, inherited ones included, is there for whoever can read one file.',
    why: 'Gap 1: the credential is provided and nothing used the identity. Not Gap 2, also where permissions are inherited: as long as no process read the token, that scope is latent, not effective. Not Gap 3: there is no use.',
    remedy: { scopeDown: 'Set {field} to false in {object}.' },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.T0055', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'low',
      aggravated: 'medium',
      rule: 'medium where the ServiceAccount holds permissions beyond discovery',
    },
    audience: 'agent',
  },
  'unloaded-library': {
    gap: 1,
    discipline: 'artifact',
    title: 'Library declared or installed, never loaded',
    meaning:
      'The agent carries code that it never runs. It has to be patched, scanned and trusted all the same, and an injected prompt can import it.',
    why: 'Gap 1: the package is declared or installed and no process loaded a file of it. Not Gap 2: nothing ran that is not declared. Not Gap 3: there is no use whose pattern could shift.',
    remedy: {
      scopeDown: 'Remove it where it comes from, {object} ({field}), and rebuild the image without it.',
    },
    references: ['LLM03:2025', 'ASI04', 'AML.T0010.001', 'AML.M0023', 'GOVERN 1.6', 'MAP 4.1', 'PR.PS-02'],
    severity: {
      base: 'low',
      aggravated: 'medium',
      rule: 'medium where it is a declared AI framework or inference server',
    },
    audience: 'agent',
  },
  'foreign-policy-egress': {
    gap: 2,
    discipline: 'behavior',
    title: "Egress allowed only by a policy outside the agent's namespace",
    meaning:
      "Traffic flows that the NetworkPolicies of the agent's namespace do not allow, because a cluster-level policy does. Who reads the namespace sees a tighter agent than the one that runs.",
    why: "Gap 2: operation shows a path that the agent's own policies do not enumerate. Not Gap 1: it is in use. Not Gap 3: the question is who allowed it, not how often it happens.",
    remedy: {
      upstream:
        'Narrow {field} of {object} so that it no longer covers this workload, or agree on it and add the rule to the namespace.',
      ownPolicyWontHelp:
        'NetworkPolicies are not asked where {object} already allowed the connection: tightening the policies of the namespace changes nothing.',
      ofEngine: {
        cilium:
          'What rules of Cilium allow adds up: while {object} allows the connection, no policy of the namespace that leaves it out takes it away.',
        'mesh-authorization':
          'The mesh decides where the call arrives: no AuthorizationPolicy of the namespace of the agent is asked, and none there that allows less takes away what {object} allows.',
      },
    },
    references: [
      'LLM06:2025',
      'ASI03',
      'ASI07',
      'AML.T0086',
      'AML.M0032',
      'MEASURE 2.7',
      'PR.IR-01',
      'ID.AM-03',
    ],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where the destination is in another namespace or outside the cluster',
    },
    audience: 'platform',
  },
  'unpoliced-egress': {
    gap: 2,
    discipline: 'behavior',
    title: 'Egress that no policy governs',
    meaning:
      "No policy selects the agent's pods for egress, so the cluster's default applies: everything is allowed. The destinations it reached are its real scope, and nothing enumerates them.",
    why: 'Gap 2: operation shows authorization that comes from a default, not from any configuration of the agent. Not Gap 1: the paths are in use. Not Gap 3: the question is what allowed them.',
    remedy: {
      upstream:
        'Change {object} ({field}): give the namespace a default deny for egress, or take the pods out of the host network. Then apply the NetworkPolicy derived from what was observed (--show policies).',
      ownPolicyWontHelp:
        'No policy decides this traffic, so the agent has none to tighten: {object} ({field}) leaves it to the default, which allows everything.',
    },
    references: ['LLM06:2025', 'ASI07', 'AML.T0025', 'AML.M0032', 'MEASURE 2.7', 'PR.IR-01', 'DE.CM-01'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where a destination outside the cluster was reached',
    },
    audience: 'platform',
  },
  'inherited-api-access': {
    gap: 2,
    discipline: 'identity',
    title: 'Kubernetes API used with inherited permissions',
    meaning:
      'The agent uses its token against the API server, and permissions reach it by a way that is not its own configuration, mostly a binding made for a group. Its effective scope is larger than its own RoleBindings say.',
    why: 'Gap 2: the identity is in use, and what widens it was not made for this ServiceAccount. Not Gap 1: the token was read and the API server contacted. Not Gap 3: the question is where the scope comes from, not how it is used.',
    remedy: {
      upstream:
        'Change {object} ({field}) so that it no longer reaches this ServiceAccount, and bind what the agent needs to a ServiceAccount of its own.',
      ownPolicyWontHelp:
        "RBAC only adds: no Role or RoleBinding of the agent's namespace can take away what {object} grants.",
    },
    references: [
      'LLM06:2025',
      'ASI03',
      'AML.T0053',
      'AML.T0012',
      'AML.M0026',
      'MEASURE 2.7',
      'MAP 4.2',
      'PR.AA-05',
    ],
    severity: {
      base: 'high',
      aggravated: 'critical',
      rule: 'critical where the binding grants secrets, wildcards, exec, impersonation or escalation',
    },
    audience: 'platform',
  },
  'undeclared-model': {
    gap: 2,
    discipline: 'artifact',
    title: 'Model loaded that nothing declares',
    meaning:
      'A process of the agent loaded a model or adapter that is in no manifest, annotation or bill of materials of it. What the agent decides rests on weights that nobody signed off.',
    why: 'Gap 2: operation shows an artifact that configuration does not enumerate. Not Gap 1: it is loaded. Not Gap 3: there is no declared counterpart whose use could shift.',
    remedy: {
      upstream:
        'It comes with {object} ({field}): either pin it by digest and declare it, or remove it from what the workload is built from.',
      ownPolicyWontHelp:
        "No permission of the agent decides what it loads: the file comes with {object}, so narrowing the agent's policies leaves the model in place.",
    },
    references: [
      'LLM03:2025',
      'ASI04',
      'AML.T0010.003',
      'AML.M0023',
      'AML.M0014',
      'GOVERN 1.6',
      'MAP 4.2',
      'ID.AM-02',
    ],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where the format can run code when loaded, or where nothing at all is declared (shadow AI)',
    },
    audience: 'agent',
  },
  'undeclared-framework': {
    gap: 2,
    discipline: 'artifact',
    title: 'AI framework loaded that nothing declares',
    meaning:
      'A process of the agent imported an AI framework or runs an inference server that is in no manifest, annotation or bill of materials of it.',
    why: 'Gap 2: operation shows an artifact that configuration does not enumerate. Not Gap 1: it is loaded. Not Gap 3: there is no declared counterpart whose use could shift.',
    remedy: {
      upstream:
        'It comes with {object} ({field}): either pin and declare it, or remove it from what the workload is built from.',
      ownPolicyWontHelp:
        "No permission of the agent decides what it imports: the code comes with {object}, so narrowing the agent's policies leaves it in place.",
    },
    references: [
      'LLM03:2025',
      'ASI04',
      'ASI05',
      'AML.T0010.001',
      'AML.M0023',
      'GOVERN 1.6',
      'MAP 4.2',
      'PR.PS-05',
    ],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where nothing at all is declared (shadow AI)',
    },
    audience: 'agent',
  },
  'destination-shift': {
    gap: 3,
    discipline: 'behavior',
    title: 'Mix of egress destinations shifted',
    meaning:
      'The agent talks to destinations in other proportions than in its baseline, by more than sessions differ among themselves. Each connection is permitted; the pattern is new.',
    why: 'Gap 3: configuration is the same on both sides and the pattern of its exercise shifted. Not Gap 1: the destinations are in use. Not Gap 2: the question is not who allows them; where a mover has a Gap 2 finding of its own, that one comes first.',
    remedy: {
      enforce:
        "Look at the sessions that moved the mix together with their prompts; then hold the agent to its envelope per agent (alert or block on connects outside it) and in the prompt context. Permissions stay as they are: the traffic is authorized, and an edit of them would only break the agent's normal work.",
    },
    references: [
      'LLM06:2025',
      'ASI02',
      'ASI10',
      'AML.T0086',
      'AML.M0024',
      'MEASURE 2.4',
      'DE.CM-01',
      'DE.AE-02',
    ],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where a destination that the baseline never saw is among the movers',
    },
    audience: 'agent',
  },
  'process-shift': {
    gap: 3,
    discipline: 'behavior',
    title: 'Mix of processes shifted',
    meaning:
      'The agent runs programs in other proportions than in its baseline, by more than sessions differ among themselves. For an agent this is the trace of tools used differently.',
    why: 'Gap 3: the same image and configuration, and the pattern of what it runs shifted. Not Gap 1: the programs ran. Not Gap 2: the question is not what allows them.',
    remedy: {
      enforce:
        'Look at the sessions that moved the mix together with their tool calls and prompts; then hold the agent to its envelope per agent (alert or block on programs outside it) and in the prompt context. Permissions stay as they are: they were not exceeded.',
    },
    references: [
      'LLM06:2025',
      'ASI02',
      'ASI05',
      'AML.T0050',
      'AML.M0024',
      'MEASURE 2.4',
      'MANAGE 4.1',
      'DE.CM-09',
    ],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where a program that the baseline never saw is among the movers',
    },
    audience: 'agent',
  },
  ...IDENTITY_FINDINGS,
} as const satisfies Record<FindingKind, FindingText>;
