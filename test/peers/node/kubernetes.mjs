/** The official client for JavaScript, of the dependencies of this project. */
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const apps = config.makeApiClient(AppsV1Api);
const namespace = 'lab';
for (let i = 0; i < 3; i++) await core.listNamespacedPod({ namespace });
await core.readNamespacedSecret({ namespace, name: 'db' });
const body = { metadata: { name: 'new' }, data: { note: 'some text' } };
await core.createNamespacedConfigMap({ namespace, body });
await apps.listNamespacedDeployment({ namespace });
await apps.deleteNamespacedDeployment({ namespace, name: 'old' });
await core.listNamespacedSecret({ namespace: 'vault' }).catch(({ code }) => {
  if (code !== 403) throw new Error(`answered ${code}`);
});
