/** Settings of the network, asked for by name: nothing is listed for them. */
import { UserError } from '../../errors.ts';
import type { SourceCoverage } from '../../model/kubernetes.ts';
import { ApiError, type ClusterClient } from './client.ts';
import { keptOfSettings } from './convert-settings.ts';
import type { EstateBuilder } from './estate-builder.ts';
import { pathOf } from './list.ts';
import type { ClusterObserver } from './live.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { noSetting, type Setting } from './settings.ts';

type Reading = { client: ClusterClient; builder: EstateBuilder; observer?: ClusterObserver };

export async function readSetting(reading: Reading, setting: Setting): Promise<SourceCoverage> {
  const base = { source: `kubernetes:${setting.name}`, resource: setting.resource, namespaces: null };
  const outcome = await ask(reading, setting);
  const damage = reading.builder.damage(setting.name);
  const objects = reading.builder.count(setting.name);
  return { ...base, objects, ...(damage ? { status: 'failed', reason: damage } : outcome) };
}

async function ask({ client, builder, observer }: Reading, setting: Setting): Promise<Outcome> {
  const { namespace, name } = setting.at;
  try {
    const found = keptOfSettings(await client.get(`${pathOf(setting, namespace)}/${name}`, {}));
    const taken = found !== null && builder.add(found, null);
    if (!taken) return { status: 'failed', reason: `ConfigMap ${namespace}/${name} holds no such settings` };
    observer?.objects(setting, [found]);
    return { status: 'read', reason: null };
  } catch (error) {
    if (error instanceof ApiError)
      return error.status === 404 ? noSetting(setting, 'the cluster') : outcomeOf(error);
    if (error instanceof UserError) return { status: 'failed', reason: error.message };
    throw error;
  }
}
