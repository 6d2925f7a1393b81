/** All that was read of the configured side. Null: nothing was given of it, which is said and never taken for empty. */
import type { AwsEstate } from './aws.ts';
import type { AzureEstate } from './azure.ts';
import type { DatabaseEstate } from './database.ts';
import type { GcpEstate } from './gcp.ts';
import type { KubernetesEstate } from './kubernetes.ts';

export type Estate = {
  kubernetes: KubernetesEstate | null;
  aws: AwsEstate | null;
  gcp: GcpEstate | null;
  azure: AzureEstate | null;
  databases: DatabaseEstate | null;
};
