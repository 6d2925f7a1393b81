/** Service and resource control policies along the path of an account. */

import type { Layer } from '../../match/aws/layer.ts';
import { compilePolicy, type Policy } from '../../match/aws/policy.ts';
import type { Membership } from '../../match/aws/resource-facts.ts';
import type { AwsLevel } from '../../model/aws.ts';
import type { EstateIndex } from './estate-index.ts';

export type Controls = {
  service: readonly Layer[];
  resource: readonly Layer[];
  /** Whether the account's path is known. */
  known: boolean;
  /** Asked for and not to be had: they may deny what nothing else does. Where nobody asked, the answer only says so. */
  refused: boolean;
};
const NONE: Controls = { service: [], resource: [], known: true, refused: false };

/** Built once per account. An organization that was asked for and is none has no policies. */
export function controlsOf(index: EstateIndex): (account: string) => Controls {
  const built = new Map<string, Controls>();
  return (account) => {
    const controls = built.get(account) ?? build(index, account);
    built.set(account, controls);
    return controls;
  };
}

function build(index: EstateIndex, account: string): Controls {
  const { organization } = index.estate;
  if (organization === null) {
    const status = index.coverage('aws-organizations')?.status;
    return { ...NONE, known: status === 'read', refused: status === 'denied' || status === 'failed' };
  }
  if (account === organization.managementAccount) return NONE;
  const path = Object.hasOwn(organization.paths, account) ? organization.paths[account] : undefined;
  if (!path) return { ...NONE, known: false, refused: true };
  return {
    service: levels(index, path, 'serviceControl'),
    resource: levels(index, path, 'resourceControl'),
    known: true,
    refused: false,
  };
}

/** Without one policy at any level the type is switched off: it then limits nothing. */
function levels(
  index: EstateIndex,
  path: readonly AwsLevel[],
  type: 'serviceControl' | 'resourceControl',
): readonly Layer[] {
  const name = type === 'serviceControl' ? 'SCP' : 'RCP';
  if (path.every((level) => level[type].length === 0)) return [];
  return path.map((level) => layerOf(index, level[type], name, level.id));
}

function layerOf(index: EstateIndex, ids: readonly string[], type: string, level: string): Layer {
  const policies: Policy[] = [];
  const unread: string[] = [];
  for (const id of ids) {
    const policy = index.controls.get(id);
    if (policy) policies.push(compilePolicy(policy));
    // The one that AWS attaches allows all, and can be neither changed nor taken for another.
    else if (id !== 'p-FullAWSAccess' && id !== 'p-RCPFullAWSAccess')
      unread.push(`the ${type} ${id} of ${level}, which was not read`);
    else policies.push(FULL_ACCESS);
    if (policy?.problem)
      unread.push(`the ${type} ${id} of ${level}, which is not understood (${policy.problem})`);
  }
  return { name: `the ${type}s of ${level}`, policies, unread };
}

const UNKNOWN: Membership = { id: null, paths: null };
const NO_MEMBER: Membership = { id: [], paths: [] };

/** What condition keys say of an account's organization; an account without any level is in none. */
export function membershipOf(
  index: EstateIndex,
  controls: (account: string) => Controls,
  account: string,
): Membership {
  const { organization } = index.estate;
  if (organization === null) return controls(account).known ? NO_MEMBER : UNKNOWN;
  const path = Object.hasOwn(organization.paths, account) ? organization.paths[account]! : null;
  const manages = account === organization.managementAccount;
  if (!manages && path?.length === 0) return NO_MEMBER;
  if (!organization.id || !(manages || path)) return UNKNOWN;
  return { id: [organization.id], paths: path && pathsOf(organization.id, path) };
}

/** `o-…/r-…/ou-…/`, without the account ("Understand the AWS Organizations entity path"). */
function pathsOf(organization: string, path: readonly AwsLevel[]): readonly string[] | null {
  const above = path.slice(0, -1).map(({ id }) => id);
  if (!above[0]?.startsWith('r-')) return null;
  return [`${[organization, ...above].join('/')}/`];
}

const FULL_ACCESS = compilePolicy({
  id: 'p-FullAWSAccess',
  name: 'FullAWSAccess',
  version: '2012-10-17',
  problem: null,
  statements: [
    {
      sid: null,
      effect: 'Allow',
      actions: ['*'],
      notAction: false,
      resources: ['*'],
      notResource: false,
      principals: null,
      notPrincipal: false,
      conditions: [],
      field: 'Statement[0]',
    },
  ],
});
