/** Words of the findings on identities and permissions; findings.ts joins them to the others. */
import type { FindingText } from './finding-text.ts';

export const IDENTITY_FINDINGS = {
  'unused-permission': {
    gap: 1,
    discipline: 'identity',
    title: 'Actions of a cloud granted, never used',
    meaning:
      'The identity of the agent may do more in the cloud than the agent ever did. Whoever steers the agent, by a prompt or a tool, may do it all.',
    why: 'Gap 1: policies grant the actions and no holder of the identity used them. Not Gap 2: nothing ran by a way that configuration does not show. Not Gap 3: there is no use whose pattern could shift.',
    remedy: {
      scopeDown: 'Narrow {field} of {object} to the actions and resources that were used.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0053', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where among them are actions that change permissions, or that write to every resource',
    },
    audience: 'agent',
  },
  'unused-cluster-permission': {
    gap: 1,
    discipline: 'identity',
    title: 'Permission in the cluster granted, never used',
    meaning:
      'The ServiceAccount of the agent may do more in the cluster than the agent ever asked of the API server. Its token is enough to do it.',
    why: 'Gap 1: a binding grants it and no request needed it. Not Gap 2: what was requested is another matter. Not Gap 3: there is no use whose pattern could shift.',
    remedy: {
      scopeDown: 'Remove {field} from {object}, or bind a role that grants only what was requested.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'low',
      aggravated: 'high',
      rule: 'high where it grants secrets, wildcards, exec, impersonation or escalation',
    },
    audience: 'agent',
  },
  'unassumed-role': {
    gap: 1,
    discipline: 'identity',
    title: 'Identity that the agent may become, and never did',
    meaning:
      'From its own identity the agent can take on another one, with all that this one may do, or give itself permissions that it does not have. No work of the agent needs it.',
    why: 'Gap 1: policies and trust allow it and nothing did it. Not Gap 2: as long as nobody takes it on, that scope is latent, not effective. Not Gap 3: there is no use.',
    remedy: {
      scopeDown: 'Take what leads to it out of {field} of {object}, or the trust in it from the other side.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where it takes more than one step, or a trust that is not for this identity alone',
    },
    audience: 'agent',
  },
  'unused-grant': {
    gap: 1,
    discipline: 'identity',
    title: 'Grants in a database, never used',
    meaning:
      'The user as which the agent connects may do more in the database than the agent ever did. Whoever steers the agent, by a prompt or a tool, may do it all: change or delete what it only has to read.',
    why: 'Gap 1: the database grants it and no holder of the user needed it for any statement. Not Gap 2: nothing ran by a way that configuration does not show. Not Gap 3: there is no use whose pattern could shift.',
    remedy: {
      scopeDown:
        'Revoke {field} ({object}), or give the agent a user of its own that has only what was used.',
    },
    references: ['LLM06:2025', 'ASI02', 'ASI03', 'AML.T0053', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where among them are grants to write, alter or drop on every table of a database or server',
    },
    audience: 'agent',
  },
  'shared-identity': {
    gap: 1,
    discipline: 'identity',
    title: 'Identity shared with a workload that needs more',
    meaning:
      'Two workloads hold one identity, and one of them uses what the other never does. Narrowing the grant would break the one; leaving it keeps the other wider than its work.',
    why: 'Gap 1: this workload holds what it never used. Not Gap 2: the grant is of the identity that its own configuration names. Not Gap 3: there is no use by it whose pattern could shift.',
    remedy: {
      scopeDown:
        'Split the identity: give this workload one of its own at {object} ({field}), with what it uses, and leave the grants to the other.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.M0026', 'MAP 4.2', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where what only the other uses writes or changes permissions',
    },
    audience: 'agent',
  },
  'inherited-permission': {
    gap: 2,
    discipline: 'identity',
    title: 'Action allowed only by a grant that was made for others too',
    meaning:
      'The agent does in the cloud what none of the policies of its own identity allow: a group, a folder, an organization or a policy for everybody does. Who reads its role sees a tighter agent than the one that runs.',
    why: 'Gap 2: the actions are in use, and what allows them was not made for this identity. Not Gap 1: they were used. Not Gap 3: the question is where the scope comes from, not how it is used.',
    remedy: {
      upstream:
        'Narrow {field} of {object} so that it no longer covers this identity, and grant what the agent needs to the identity itself.',
      ownPolicyWontHelp:
        'Grants add up: no narrower policy of the agent takes away what {object} allows; only a deny above it or a change of it does.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0053', 'AML.M0026', 'MEASURE 2.7', 'MAP 4.2', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where secrets, keys, credentials or permissions are among what was used',
    },
    audience: 'platform',
  },
  'node-identity': {
    gap: 2,
    discipline: 'identity',
    title: 'Identity of the node in use',
    meaning:
      'The agent calls the cloud as the machine that it runs on. Every pod of that node has the same identity, it holds what nodes need, and logs of the cloud cannot tell who it was.',
    why: 'Gap 2: operation shows an identity that no object of the agent names. Not Gap 1: it is in use. Not Gap 3: the question is whose identity it is.',
    remedy: {
      upstream:
        'Give the ServiceAccount of the agent an identity of its own, and close the metadata service of {object} ({field}) to pods: tokens required with a hop limit of 1 (EC2), GKE_METADATA on the node pool (GKE), or no egress to 169.254.169.254.',
      ownPolicyWontHelp:
        "The permissions belong to {object}: no Role, ServiceAccount or policy of the agent's namespace takes them from it while its metadata service answers pods.",
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.T0055', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'high',
      aggravated: 'critical',
      rule: 'critical where secrets, keys, credentials or permissions are among what was used',
    },
    audience: 'platform',
  },
  'displaced-identity': {
    gap: 2,
    discipline: 'identity',
    title: 'Another identity in use than the one that was set up',
    meaning:
      'An identity was set up for the agent and does not take effect: another source of credentials comes first, or the trust refuses it. What its configuration says of its permissions is not what holds.',
    why: 'Gap 2: operation shows another identity than the configuration of the agent names. Not Gap 1: the identity is in use. Not Gap 3: the question is which identity it is.',
    remedy: {
      upstream:
        'Mend {field} of {object}: remove the source that comes first, or let the trust name this ServiceAccount.',
      ownPolicyWontHelp:
        'The policies of the identity that was set up are not asked: narrowing them changes nothing as long as {object} ({field}) leads to another.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.T0055', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'high',
      aggravated: 'critical',
      rule: 'critical where secrets, keys, credentials or permissions are among what was used',
    },
    audience: 'platform',
  },
  'role-chain': {
    gap: 2,
    discipline: 'identity',
    title: 'Role taken on by way of another one',
    meaning:
      'The agent goes on from its own identity to another one of the same cloud. What it may do there stands in no object of the agent, and each further role adds to it.',
    why: 'Gap 2: operation shows an identity that is reached over a chain, and only its first link is configured at the agent. Not Gap 1: it was taken on. Not Gap 3: the question is what can be reached, not how often.',
    remedy: {
      upstream:
        'Cut the chain at {object} ({field}): let the trust name only who needs it, and give the agent what it needs directly.',
      ownPolicyWontHelp:
        'What is done at the end of the chain is allowed by the policies of the role there, not by those of the agent: only {object} ({field}) closes the way.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.M0026', 'MEASURE 2.7', 'MAP 4.2', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where secrets, keys, credentials or permissions are among what was used',
    },
    audience: 'platform',
  },
  'cross-cloud-chain': {
    gap: 2,
    discipline: 'identity',
    title: 'Identity of another cloud by federation',
    meaning:
      'An identity of one cloud lets the agent act in another one. Each side shows half of the way, and no view of one cloud shows what the agent may do in both.',
    why: 'Gap 2: operation shows an identity of another cloud, which the configuration of the agent does not name. Not Gap 1: it is in use. Not Gap 3: the question is what can be reached, not how often.',
    remedy: {
      upstream:
        'Narrow the trust at {object} ({field}) to the one subject that needs it, or end the federation and give the agent an identity there of its own.',
      ownPolicyWontHelp:
        'Policies of one cloud say nothing about the other: only the trust, {object} ({field}), joins the two.',
    },
    references: ['LLM06:2025', 'ASI03', 'ASI07', 'AML.T0012', 'AML.M0026', 'MEASURE 2.7', 'PR.AA-05'],
    severity: {
      base: 'high',
      aggravated: 'critical',
      rule: 'critical where secrets, keys, credentials or permissions are among what was used',
    },
    audience: 'platform',
  },
  'shared-identity-pool': {
    gap: 2,
    discipline: 'identity',
    title: "Identity in use that is not the agent's alone",
    meaning:
      'The trust that gives the agent its identity fits others too: a ServiceAccount of the same name in another cluster of the project, or whoever matches a wildcard. What is granted to the agent is granted to them.',
    why: 'Gap 2: the identity is in use, and who holds it is wider than the configuration of the agent shows. Not Gap 1: it is used. Not Gap 3: the question is who may be it.',
    remedy: {
      upstream:
        'Bind {object} ({field}) to this one cluster, namespace and ServiceAccount; where clusters share a pool by design (GKE), give the agent a namespace that no other of them has, or its cluster a project of its own.',
      ownPolicyWontHelp:
        'Nothing in the namespace of the agent decides who else fits {object} ({field}): the trust has to say it.',
    },
    references: ['LLM06:2025', 'ASI03', 'AML.T0012', 'AML.M0026', 'MAP 4.2', 'PR.AA-05'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where secrets, keys, credentials or permissions are among what was used',
    },
    audience: 'platform',
  },
  'action-shift': {
    gap: 3,
    discipline: 'identity',
    title: 'Mix of actions in clouds shifted',
    meaning:
      'The agent calls actions of the cloud in other proportions than in its baseline, by more than sessions differ among themselves. Each call is permitted; the pattern is new.',
    why: 'Gap 3: configuration is the same on both sides and the pattern of its exercise shifted. Not Gap 1: the actions are in use. Not Gap 2: the question is not who allows them.',
    remedy: {
      enforce:
        'Look at the sessions that moved the mix together with their tool calls and prompts; then hold the agent to its envelope per agent (alert or block on actions outside it) and in the prompt context. Permissions stay as they are: they were not exceeded.',
    },
    references: [
      'LLM06:2025',
      'ASI02',
      'ASI10',
      'AML.T0053',
      'AML.M0024',
      'MEASURE 2.4',
      'DE.CM-01',
      'DE.AE-02',
    ],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where an action that the baseline never saw is among the movers',
    },
    audience: 'agent',
  },
  'identity-hop-shift': {
    gap: 3,
    discipline: 'identity',
    title: 'Mix of hops between identities shifted',
    meaning:
      'The agent goes from one identity to another in other proportions than in its baseline, or by a hop without precedent. Each hop is permitted; the pattern is new.',
    why: 'Gap 3: configuration is the same on both sides and the pattern of its exercise shifted. Not Gap 1: the hops are in use. Not Gap 2: the question is not who allows them; where a hop has a Gap 2 finding of its own, that one comes first.',
    remedy: {
      enforce:
        'Look at the sessions that made the hop together with their tool calls and prompts; then hold the agent to its envelope per agent (alert or block on hops outside it) and in the prompt context. Permissions stay as they are: they were not exceeded.',
    },
    references: ['LLM06:2025', 'ASI03', 'ASI10', 'AML.T0012', 'AML.M0024', 'MEASURE 2.4', 'DE.AE-02'],
    severity: {
      base: 'medium',
      aggravated: 'high',
      rule: 'high where a hop that the baseline never saw is among the movers',
    },
    audience: 'agent',
  },
} as const satisfies Record<string, FindingText>;
