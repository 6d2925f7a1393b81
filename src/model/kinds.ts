/** What an agent can do, be or load, split by the discipline that reads it. One vocabulary for both postures. */
export const KINDS_BY_DISCIPLINE = {
  artifact: [
    'model',
    'adapter',
    'framework',
    'library',
    'inference-server',
    'mcp-server',
    'mcp-tool',
    'rag-index',
    'vector-store',
    'prompt-template',
    'binary',
  ],
  identity: [
    'cloud-action',
    'kubernetes-action',
    'identity-hop',
    'credential-source',
    'secret-read',
    'data-grant',
  ],
  behavior: [
    'egress',
    'name-lookup',
    'http-endpoint',
    'llm-call',
    'tool-call',
    'tool-sequence',
    'file-access',
    'process',
    'syscall',
    'linux-capability',
    'data-access',
    'flow',
  ],
} as const;

export type Discipline = keyof typeof KINDS_BY_DISCIPLINE;
export type Kind = (typeof KINDS_BY_DISCIPLINE)[Discipline][number];

export const DISCIPLINES = Object.keys(KINDS_BY_DISCIPLINE) as Discipline[];
export const KINDS: readonly Kind[] = DISCIPLINES.flatMap((d) => KINDS_BY_DISCIPLINE[d] as readonly Kind[]);

/** What is heard of an application, above the level of system calls. */
export const OPERATION_KINDS = [
  'llm-call',
  'prompt-template',
  'mcp-server',
  'mcp-tool',
  'tool-call',
  'tool-sequence',
  'cloud-action',
  'kubernetes-action',
  'identity-hop',
  'credential-source',
  'vector-store',
  'rag-index',
  'data-access',
  'http-endpoint',
  'name-lookup',
  'flow',
] as const satisfies readonly Kind[];

/** What a probe family of the sensor can see. Coverage is kept, and detectors ask for it, per signal. */
export const KERNEL_SIGNALS = ['process', 'file', 'mapping', 'network', 'syscall'] as const;
/** Families that look into what an application says. Without them a snapshot is whole, and says nothing of that. */
export const APPLICATION_SIGNALS = ['tls', 'plaintext', 'stdio', 'dns'] as const;
export const SIGNALS = [...KERNEL_SIGNALS, ...APPLICATION_SIGNALS] as const;
export type ApplicationSignal = (typeof APPLICATION_SIGNALS)[number];
export type Signal = (typeof SIGNALS)[number];

/** 1 latent capability, 2 hidden effective scope, 3 in-scope anomaly. */
export type Gap = 1 | 2 | 3;

/** What decides on traffic beside Kubernetes itself. */
export type NetworkEngine = 'cilium' | 'mesh-authorization' | 'mesh-outbound';
