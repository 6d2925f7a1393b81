/** The least role that the live reading needs, for `gcloud iam roles create … --organization=… --file=…`. */
import { CALLS } from './calls.ts';

/**
 * A custom role as YAML or JSON takes it. Granted on the organization it reads whatever is below; granted on a project it
 * leaves what folders and organization have unread, which is then said. It tests no permission: that would count as use.
 */
export function gcpAccess(): {
  title: string;
  description: string;
  stage: 'GA';
  includedPermissions: readonly string[];
} {
  const permissions = new Set(Object.values(CALLS).map(({ permission }) => permission));
  return {
    title: 'ai-spm reader',
    description: 'What ai-spm reads of Google Cloud: policies, roles, accounts, pools and clusters; no data.',
    stage: 'GA',
    includedPermissions: [...permissions].sort(),
  };
}
