/**
 * Calls of cloud APIs and of the Kubernetes API. Subjects of `cloud-action` name the permission that is used, as
 * policies of that cloud do; what the catalog cannot name as a permission stands behind `?`, as the wire told it:
 *
 *   aws:<service>:<Action>              context: ARN; `*` for what the request does not tell
 *   aws:<service>:?<Operation>          an operation for which iam-data knows no action
 *   aws:<service>:?<METHOD> <path>      a path that is no operation known to the catalog
 *   gcp:<service>.<resource>.<verb>     context: resource name, `projects/p/secrets/db`
 *   gcp:?<service>.<method>             a method whose permission is not known
 *   gcp:<service>:?<METHOD> <path>      a path that is no method known to the catalog
 *   azure:<Provider>/<type>/<operation> context: resource id; of data `account/container/prefix/*`
 *   azure:?<METHOD> <host><path>        a data plane that is not known
 *
 * `kubernetes-action` is written by match/kubernetes-action.ts. The principal is the identity as the wire tells it.
 */
import type { OpenExchange } from '../wire/types.ts';
import { awsReader, awsRequest } from './cloud/aws.ts';
import { readAzure } from './cloud/azure.ts';
import { readGcp } from './cloud/gcp.ts';
import { kubernetesReader } from './cloud/kubernetes.ts';
import { isKubernetes } from './cloud/kubernetes-host.ts';
import { placeOf } from './request-target.ts';
import type { World } from './said.ts';

/** Null: no call of a cloud. */
export function readCloud(world: World): OpenExchange {
  return (head) => {
    const place = placeOf(head);
    if (isKubernetes(head, place)) return kubernetesReader(world, head, place);
    const aws = awsRequest(head, place);
    if (aws) return awsReader(world, aws);
    return readGcp(world, head, place) ?? readAzure(world, head, place);
  };
}
