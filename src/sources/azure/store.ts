/** What was read so far, each thing once: Azure compares its ids without case. */
import type {
  AzureCluster,
  AzureFederatedCredential,
  AzureIdentity,
  AzureRoleAssignment,
  AzureRoleDefinition,
} from '../../model/azure.ts';
import type { Part } from './recognise.ts';

export type Store = {
  identities: Map<string, AzureIdentity>;
  credentials: Map<string, AzureFederatedCredential>;
  assignments: Map<string, AzureRoleAssignment>;
  definitions: Map<string, AzureRoleDefinition>;
  clusters: Map<string, AzureCluster>;
  /** Identities whose credentials were listed, as id, client id or name; lower case. */
  listed: Set<string>;
  parts: Map<Part, { objects: number; problem: string | null }>;
  warnings: string[];
};

export function createStore(): Store {
  return {
    identities: new Map(),
    credentials: new Map(),
    assignments: new Map(),
    definitions: new Map(),
    clusters: new Map(),
    listed: new Set(),
    parts: new Map(),
    warnings: [],
  };
}
