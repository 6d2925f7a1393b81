/**
 * The resources of a kube-apiserver itself, as kubectl's users name them: by plural, singular or short name, and
 * without their group (kubectl api-resources, v1.34).
 */

/** Group → `plural/singular[/short…]`. */
const GROUPS: readonly (readonly [group: string, resources: string])[] = [
  [
    '',
    `bindings/binding componentstatuses/componentstatus/cs configmaps/configmap/cm endpoints/endpoints/ep
     events/event/ev limitranges/limitrange/limits namespaces/namespace/ns nodes/node/no
     persistentvolumeclaims/persistentvolumeclaim/pvc persistentvolumes/persistentvolume/pv pods/pod/po
     podtemplates/podtemplate replicationcontrollers/replicationcontroller/rc resourcequotas/resourcequota/quota
     secrets/secret serviceaccounts/serviceaccount/sa services/service/svc users/user groups/group`,
  ],
  [
    'admissionregistration.k8s.io',
    `mutatingwebhookconfigurations/mutatingwebhookconfiguration
     validatingadmissionpolicies/validatingadmissionpolicy
     validatingadmissionpolicybindings/validatingadmissionpolicybinding
     validatingwebhookconfigurations/validatingwebhookconfiguration`,
  ],
  ['apiextensions.k8s.io', 'customresourcedefinitions/customresourcedefinition/crd/crds'],
  ['apiregistration.k8s.io', 'apiservices/apiservice'],
  [
    'apps',
    `controllerrevisions/controllerrevision daemonsets/daemonset/ds deployments/deployment/deploy
     replicasets/replicaset/rs statefulsets/statefulset/sts`,
  ],
  ['authentication.k8s.io', 'selfsubjectreviews/selfsubjectreview tokenreviews/tokenreview'],
  [
    'authorization.k8s.io',
    `localsubjectaccessreviews/localsubjectaccessreview selfsubjectaccessreviews/selfsubjectaccessreview
     selfsubjectrulesreviews/selfsubjectrulesreview subjectaccessreviews/subjectaccessreview`,
  ],
  ['autoscaling', 'horizontalpodautoscalers/horizontalpodautoscaler/hpa'],
  ['batch', 'cronjobs/cronjob/cj jobs/job'],
  ['certificates.k8s.io', 'certificatesigningrequests/certificatesigningrequest/csr'],
  ['coordination.k8s.io', 'leases/lease'],
  ['discovery.k8s.io', 'endpointslices/endpointslice'],
  [
    'flowcontrol.apiserver.k8s.io',
    'flowschemas/flowschema prioritylevelconfigurations/prioritylevelconfiguration',
  ],
  [
    'networking.k8s.io',
    `ingressclasses/ingressclass ingresses/ingress/ing ipaddresses/ipaddress/ip
     networkpolicies/networkpolicy/netpol servicecidrs/servicecidr`,
  ],
  ['node.k8s.io', 'runtimeclasses/runtimeclass'],
  ['policy', 'poddisruptionbudgets/poddisruptionbudget/pdb'],
  [
    'rbac.authorization.k8s.io',
    'clusterrolebindings/clusterrolebinding clusterroles/clusterrole rolebindings/rolebinding roles/role',
  ],
  [
    'resource.k8s.io',
    `deviceclasses/deviceclass resourceclaims/resourceclaim resourceclaimtemplates/resourceclaimtemplate
     resourceslices/resourceslice`,
  ],
  ['scheduling.k8s.io', 'priorityclasses/priorityclass/pc'],
  [
    'storage.k8s.io',
    `csidrivers/csidriver csinodes/csinode csistoragecapacities/csistoragecapacity
     storageclasses/storageclass/sc volumeattachments/volumeattachment`,
  ],
];

export type KubernetesResource = { group: string; resource: string };

const BY_NAME: ReadonlyMap<string, KubernetesResource> = new Map(
  GROUPS.flatMap(([group, resources]) =>
    resources.split(/\s+/).flatMap((line) => {
      const names = line.split('/');
      return names.map((name) => [name, { group, resource: names[0]! }] as const);
    }),
  ),
);

/** In any case, as kubectl; null: no resource of Kubernetes itself. */
export function kubernetesResource(name: string): KubernetesResource | null {
  return BY_NAME.get(name.toLowerCase()) ?? null;
}
