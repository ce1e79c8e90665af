interface ApiGroup {
  readonly versions: readonly string[];
  readonly kinds: readonly string[];
}

function group(versions: string, kinds: string): ApiGroup {
  return { versions: versions.split(' '), kinds: kinds.split(' ') };
}

/**
 * The API groups of Kubernetes with every version and kind they ever had whose fields the checks know, and the Gateway API. A kind in a version that is not
 * here may hold anything, so it is named as not evaluated. https://kubernetes.io/docs/reference/kubernetes-api/,
 * https://kubernetes.io/docs/reference/using-api/deprecation-guide/
 */
const groups: Readonly<Record<string, ApiGroup>> = {
  '': group(
    'v1',
    'Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount',
  ),
  'admissionregistration.k8s.io': group(
    'v1 v1beta1 v1alpha1',
    'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration',
  ),
  'apiextensions.k8s.io': group('v1 v1beta1', 'CustomResourceDefinition'),
  'apiregistration.k8s.io': group('v1 v1beta1', 'APIService'),
  apps: group('v1 v1beta2 v1beta1', 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet'),
  'authentication.k8s.io': group('v1 v1beta1 v1alpha1', 'SelfSubjectReview TokenRequest TokenReview'),
  'authorization.k8s.io': group(
    'v1 v1beta1',
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  ),
  autoscaling: group('v2 v1 v2beta2 v2beta1', 'HorizontalPodAutoscaler Scale'),
  batch: group('v1 v1beta1 v2alpha1', 'CronJob Job'),
  'certificates.k8s.io': group(
    'v1 v1beta1 v1alpha1',
    'CertificateSigningRequest ClusterTrustBundle PodCertificateRequest',
  ),
  'coordination.k8s.io': group('v1 v1beta1 v1alpha2 v1alpha1', 'Lease LeaseCandidate'),
  'discovery.k8s.io': group('v1 v1beta1', 'EndpointSlice'),
  'events.k8s.io': group('v1 v1beta1', 'Event'),
  extensions: group('v1beta1', 'DaemonSet Deployment Ingress Job NetworkPolicy PodSecurityPolicy ReplicaSet'),
  'flowcontrol.apiserver.k8s.io': group(
    'v1 v1beta3 v1beta2 v1beta1 v1alpha1',
    'FlowSchema PriorityLevelConfiguration',
  ),
  'gateway.networking.k8s.io': group(
    'v1 v1beta1 v1alpha3 v1alpha2',
    'BackendTLSPolicy GRPCRoute Gateway GatewayClass HTTPRoute ListenerSet ReferenceGrant TCPRoute TLSRoute UDPRoute',
  ),
  'networking.k8s.io': group(
    'v1 v1beta1 v1alpha1',
    'ClusterCIDR IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR',
  ),
  'node.k8s.io': group('v1 v1beta1 v1alpha1', 'RuntimeClass'),
  policy: group('v1 v1beta1', 'Eviction PodDisruptionBudget PodSecurityPolicy'),
  'rbac.authorization.k8s.io': group(
    'v1 v1beta1 v1alpha1',
    'ClusterRole ClusterRoleBinding Role RoleBinding',
  ),
  'resource.k8s.io': group(
    'v1 v1beta2 v1beta1 v1alpha3 v1alpha2',
    'DeviceClass DeviceTaintRule ResourceClaim ResourceClaimTemplate ResourceSlice',
  ),
  'scheduling.k8s.io': group('v1 v1beta1 v1alpha1', 'PriorityClass'),
  'storage.k8s.io': group(
    'v1 v1beta1 v1alpha1',
    'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass',
  ),
  'storagemigration.k8s.io': group('v1beta1 v1alpha1', 'StorageVersionMigration'),
};

const known: ReadonlySet<string> = new Set(
  Object.entries(groups).flatMap(([name, { versions, kinds }]) =>
    versions.flatMap((version) =>
      kinds.map((kind) => `${name === '' ? version : `${name}/${version}`} ${kind}`),
    ),
  ),
);

/** Whether the checks know what the fields of such an object mean. */
export function isKnownKind({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return known.has(`${apiVersion} ${kind}`);
}
