/** What else is configured in a cluster: policies asked before an object is admitted, and what operators run agents by. */
import type { ObjectRef } from './kubernetes.ts';

export type AdmissionPolicy = {
  ref: ObjectRef;
  engine: 'validating-admission-policy' | 'kyverno' | 'gatekeeper';
  /** What is done about a violation, in the engine's own words, lower case: `deny`, `warn`, `audit`, `dryrun`, `mutate`. */
  actions: readonly string[];
  /** Whether any of them refuses the object. */
  enforced: boolean;
  /** Resources (`pods`, `deployments.apps`) or kinds (`Pod`) that it is asked about; `*`: any. */
  targets: readonly string[];
  /** Of a ValidatingAdmissionPolicyBinding: the policy, which by itself does nothing. */
  policy: string | null;
};

/** An object of kagent or ToolHive. Texts of prompts and values of headers and environments are never read. */
export type AgentObject = {
  ref: ObjectRef;
  operator: 'kagent' | 'toolhive';
  role: 'agent' | 'tool-server' | 'model-config';
  provider: string | null;
  model: string | null;
  /** The ModelConfig that an agent names, in its namespace. */
  modelConfig: string | null;
  /** Servers and agents that it may call; `names` empty: every tool of it. */
  tools: readonly { kind: string; server: string; names: readonly string[] }[];
  serviceAccount: string | null;
  image: string | null;
  /** Without credentials and query. */
  url: string | null;
};
