/** Collections of what else is configured: admission policies, and the objects of operators that run agents. */
import { type Collection, collection } from './collection.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';
const OLDER = { otherVersions: ['v1alpha1'] };

export const POSTURE_COLLECTIONS: readonly Collection[] = [
  collection('validatingadmissionpolicies', ADMISSION, 'ValidatingAdmissionPolicy', 'admission', {
    cluster: true,
    otherVersions: ['v1beta1'],
    aliases: ['validatingadmissionpolicy'],
  }),
  collection(
    'validatingadmissionpolicybindings',
    ADMISSION,
    'ValidatingAdmissionPolicyBinding',
    'admission',
    { cluster: true, otherVersions: ['v1beta1'], aliases: ['validatingadmissionpolicybinding'] },
  ),
  collection('clusterpolicies', 'kyverno.io/v1', 'ClusterPolicy', 'admission', {
    cluster: true,
    aliases: ['cpol', 'clusterpolicy'],
  }),
  collection('kyverno-policies', 'kyverno.io/v1', 'Policy', 'admission', {
    plural: 'policies',
    aliases: ['pol', 'policies.kyverno.io'],
  }),
  collection('constraints', 'constraints.gatekeeper.sh/v1beta1', '*', 'admission', {
    cluster: true,
    plural: '*',
    otherVersions: ['v1alpha1'],
  }),
  collection('kagent-agents', 'kagent.dev/v1alpha2', 'Agent', 'agents', {
    ...OLDER,
    plural: 'agents',
    aliases: ['agents.kagent.dev'],
  }),
  collection('modelconfigs', 'kagent.dev/v1alpha2', 'ModelConfig', 'agents', {
    ...OLDER,
    aliases: ['modelconfigs.kagent.dev'],
  }),
  collection('remotemcpservers', 'kagent.dev/v1alpha2', 'RemoteMCPServer', 'agents', {
    aliases: ['remotemcpservers.kagent.dev'],
  }),
  collection('toolservers', 'kagent.dev/v1alpha1', 'ToolServer', 'agents', {
    aliases: ['toolservers.kagent.dev'],
  }),
  collection('kagent-mcpservers', 'kagent.dev/v1alpha1', 'MCPServer', 'agents', {
    plural: 'mcpservers',
    aliases: ['mcpservers.kagent.dev'],
  }),
  collection('toolhive-mcpservers', 'toolhive.stacklok.dev/v1alpha1', 'MCPServer', 'agents', {
    plural: 'mcpservers',
    otherVersions: ['v1beta1'],
    aliases: ['mcpservers.toolhive.stacklok.dev'],
  }),
];
