/** What was read so far, each thing once, by name. */
import type { GcpPolicy } from '../../model/gcp.ts';
import type { Place } from './layout.ts';
import type {
  Account,
  Binding,
  Boundary,
  Cluster,
  DenyPolicy,
  Node,
  Pool,
  Project,
  Provider,
  Reading,
  Role,
} from './schema.ts';

export type Store = {
  projects: Map<string, Project>;
  /** Folders and organizations. */
  nodes: Map<string, Node>;
  /** Child → parent, of `get-ancestors`. */
  parents: Map<string, string>;
  policies: Map<string, GcpPolicy>;
  roles: Map<string, Role>;
  accounts: Map<string, Account>;
  denyPolicies: Map<string, DenyPolicy>;
  boundaries: Map<string, Boundary>;
  bindings: Map<string, Binding>;
  pools: Map<string, Pool>;
  providers: Map<string, Provider>;
  clusters: Map<string, Cluster>;
  /** Whole lists, with how many they held. */
  lists: Map<string, { place: Place; objects: number }>;
  failures: Map<string, { place: Place; reason: string }>;
  reading: Reading | null;
  warnings: string[];
};

export function createStore(): Store {
  return {
    projects: new Map(),
    nodes: new Map(),
    parents: new Map(),
    policies: new Map(),
    roles: new Map(),
    accounts: new Map(),
    denyPolicies: new Map(),
    boundaries: new Map(),
    bindings: new Map(),
    pools: new Map(),
    providers: new Map(),
    clusters: new Map(),
    lists: new Map(),
    failures: new Map(),
    reading: null,
    warnings: [],
  };
}
