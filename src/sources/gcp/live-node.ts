/** What is attached to a project, a folder or an organization: allow policy, deny policies, access boundaries. */
import type { CallName } from './calls.ts';
import { ask, askAll, emit, type Reading } from './reading.ts';
import { bindingSchema, boundarySchema, denyPolicySchema, policySchema } from './schema.ts';

export async function readNode(reading: Reading, node: string): Promise<void> {
  await readPolicy(reading, node);
  await readDenyPolicies(reading, node);
  const place = { resource: node, part: 'policy-bindings' as const };
  const bindings = await askAll(reading, {
    call: 'policyBindings',
    name: node,
    schema: bindingSchema,
    place,
  });
  if (bindings !== null) emit(reading, place, bindings.items);
  if (node.startsWith('organizations/')) await readBoundaries(reading, node);
}

function policyCall(node: string): CallName {
  if (node.startsWith('folders/')) return 'folderPolicy';
  return node.startsWith('organizations/') ? 'organizationPolicy' : 'projectPolicy';
}

async function readPolicy(reading: Reading, node: string): Promise<void> {
  const place = { resource: node, part: 'iam-policy' as const };
  const policy = await ask(reading, { call: policyCall(node), name: node, schema: policySchema, place });
  if (policy !== null) emit(reading, place, policy);
}

/** Lists leave the rules out, so each is asked for. */
async function readDenyPolicies(reading: Reading, node: string): Promise<void> {
  const place = { resource: node, part: 'deny-policies' as const };
  const list = await askAll(reading, { call: 'denyPolicies', name: node, schema: denyPolicySchema, place });
  if (list === null) return;
  const policies = [];
  for (const { name } of list.items) {
    const policy = await ask(reading, { call: 'denyPolicy', name, schema: denyPolicySchema, place });
    // An answer without rules is a policy without any, and not one that was only listed.
    policies.push(policy === null ? { name } : { ...policy, rules: policy.rules ?? [] });
  }
  emit(reading, place, policies);
}

async function readBoundaries(reading: Reading, organization: string): Promise<void> {
  const place = { resource: organization, part: 'boundaries' as const };
  const list = await askAll(reading, {
    call: 'boundaries',
    name: organization,
    schema: boundarySchema,
    place,
  });
  if (list !== null) emit(reading, place, list.items);
}
