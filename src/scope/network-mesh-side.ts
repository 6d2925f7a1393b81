/** The mesh's consent to one connection: what the caller's sidecar lets out, what the called end lets in. */
import { tierVerdict } from '../match/network.ts';
import type { Destination } from '../match/network-peer.ts';
import type { KubernetesEstate } from '../model/kubernetes.ts';
import type { Answer } from '../model/query.ts';
import { callerMembership } from './mesh/callers.ts';
import { type Caller, createMeshScope, type MeshScope } from './mesh/index.ts';
import type { Membership } from './mesh/member.ts';
import type { Dial, Endpoints, Target } from './network-endpoints.ts';
import type { NetworkGaps } from './network-gaps.ts';
import type { Ruling } from './network-rules.ts';
import { sideAnswer } from './network-side.ts';
import type { NetworkSource } from './network-source.ts';

export type MeshSide = (dial: Dial & { remote: Destination }, target: Target) => Answer[];

export function createMeshSide(estate: KubernetesEstate, endpoints: Endpoints, gaps: NetworkGaps): MeshSide {
  const mesh = createMeshScope(estate);
  const members = new WeakMap<NetworkSource, Membership>();
  const memberOf = (source: NetworkSource) => {
    const known = members.get(source);
    if (known) return known;
    const member = callerMembership(mesh, endpoints, source);
    members.set(source, member);
    return member;
  };
  return (dial, target) => {
    // Nothing but TCP goes through a mesh.
    if (dial.protocol !== 'TCP') return [];
    const caller = {
      source: dial.from,
      member: memberOf(dial.from),
      address: dial.remote.address,
    };
    return meshAnswers(mesh, gaps, caller, target);
  };
}

function meshAnswers(
  mesh: MeshScope,
  gaps: NetworkGaps,
  caller: Caller,
  { destination, pod }: Target,
): Answer[] {
  const { namespace, labels } = caller.source;
  const rulings = [
    ...mesh.outbound(namespace, labels, caller.member),
    ...(pod ? mesh.rulingsAt(pod, destination.port, caller) : []),
  ];
  const untold = unread(mesh, gaps, caller, pod?.ref.namespace ?? null, pod ? mesh.memberOfPod(pod) : 'none');
  if (untold !== null) return [{ verdict: 'cannot-tell', reason: untold, path: [], conditions: [] }];
  if (rulings.length === 0) return [];
  const rules = rulings.map((item: Ruling) => ({
    ...item.pattern,
    policy: item.hop.object,
    certain: item.gaps.length === 0,
    item,
  }));
  const sided = { side: 'mesh' as const, remote: destination, target: destination };
  const answer = sideAnswer(tierVerdict(rules, destination), sided, ({ item }) => ({
    hop: item.hop,
    gaps: item.gaps,
  }));
  return answer.verdict === 'allow' && answer.path.length === 0 ? [] : [answer];
}

/** Objects of a mesh that were not read matter where its proxies run. */
function unread(
  { root }: MeshScope,
  gaps: NetworkGaps,
  caller: Caller,
  called: string | null,
  member: Membership,
): string | null {
  const isIn = (one: Membership) => one === 'sidecar' || one === 'ambient';
  const namespaces = [
    ...(isIn(caller.member) ? [caller.source.namespace, root] : []),
    ...(called !== null && isIn(member) ? [called, root] : []),
  ];
  return namespaces.map(gaps.mesh).find((one) => one !== null) ?? null;
}
