/** What a pod and its containers run as, in words: what securityContext does not say is said to be unsaid. */
import type { ConfiguredWorkload } from '../model/configured.ts';
import type { Container, SecurityContext } from '../model/kubernetes.ts';

export function podText(workload: ConfiguredWorkload): string {
  const shared = [
    ...(workload.hostNetwork ? ['network'] : []),
    ...(workload.hostPID ? ['processes'] : []),
    ...(workload.hostIPC ? ['IPC'] : []),
  ];
  const own = `ServiceAccount ${workload.serviceAccount}`;
  return shared.length === 0
    ? `${own}; shares nothing with its node`
    : `${own}; SHARES with its node: ${shared.join(', ')}`;
}

/** A container's own settings come before those of its pod. */
export function containerText({ security = {}, init }: Container, pod: SecurityContext): string {
  const one = { ...pod, ...security };
  return [
    ...(init ? ['init'] : []),
    ...(one.privileged ? ['PRIVILEGED'] : []),
    userText(one),
    one.allowPrivilegeEscalation === false ? 'gains no privileges' : 'may gain privileges',
    one.readOnlyRootFilesystem ? 'root file system read-only' : 'root file system writable',
    capabilityText(one),
    `seccomp ${one.seccomp ?? 'unset'}`,
  ].join(', ');
}

function userText({ runAsUser, runAsNonRoot }: SecurityContext): string {
  if (runAsUser !== undefined) return runAsUser === 0 ? 'user 0 (root)' : `user ${runAsUser}`;
  return runAsNonRoot ? 'not as root' : 'the user of its image, root too';
}

function capabilityText({ add = [], drop = [], privileged }: SecurityContext): string {
  if (privileged) return 'all Linux capabilities';
  const words = [
    ...(add.length > 0 ? [`adds ${add.join(', ')}`] : []),
    ...(drop.length > 0 ? [`drops ${drop.join(', ')}`] : []),
  ];
  return words.length === 0 ? "the runtime's Linux capabilities" : `Linux capabilities: ${words.join('; ')}`;
}
