/** moto with a world in it, the proxy before it, and an environment in which the SDK finds nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsEstate } from '../../src/model/aws.ts';
import { type AwsLiveOptions, readAws } from '../../src/sources/aws/live.ts';
import { REGION, startMoto } from './aws-live-moto.ts';
import { type MotoProxy, startProxy } from './aws-live-proxy.ts';
import { makeWorld, type World } from './aws-live-world.ts';

export type AwsLab = {
  folder: string;
  proxy: MotoProxy;
  world: World;
  /** Both accounts in one region. */
  read(options?: Partial<AwsLiveOptions>): Promise<AwsEstate>;
  stop(): Promise<void>;
};

export async function openAwsLab(): Promise<AwsLab> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-aws-'));
  const moto = await startMoto();
  const world = await makeWorld(moto.url);
  const proxy = await startProxy(moto.url);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: proxy.url,
    AWS_ACCESS_KEY_ID: 'AKIALIVESTATIC',
    AWS_SECRET_ACCESS_KEY: 'live-secret',
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  return {
    ...{ folder, proxy, world },
    read: (options = {}) =>
      readAws({ regions: [REGION], assumeRoles: [auditorOf(world.member)], attempts: 3, ...options }),
    async stop() {
      await proxy.stop();
      await moto.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export function auditorOf(account: string): string {
  return `arn:aws:iam::${account}:role/auditor`;
}

/** What is not known, `source status`. */
export function gapsOf({ coverage }: AwsEstate): string[] {
  return coverage
    .filter(({ status }) => status !== 'read')
    .map(({ source, status }) => `${source} ${status}`);
}
