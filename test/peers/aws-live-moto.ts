/** moto as a server over HTTP, and clients of it in any account: an account is the role that one takes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { PEERS } from './lab.ts';

const MOTO = join(PEERS, 'python/.venv/bin/moto_server');
/** Why it cannot run here, or undefined. */
export const noMoto = existsSync(MOTO) ? undefined : `not installed: ${MOTO} (node bin/setup.js --peers)`;
export const REGION = 'eu-west-1';
/** Whose keys moto does not know, it takes for this account's. */
export const HOME = '123456789012';

export type Moto = { url: string; stop(): Promise<void> };

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(MOTO, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    if (
      await fetch(`${url}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (Date.now() > end || child.exitCode !== null) throw new Error('moto does not start');
  }
  return { url, stop: () => ended(child) };
}

function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill();
  return exit;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export type Clients = {
  iam: IAMClient;
  eks: EKSClient;
  ec2: EC2Client;
  organizations: OrganizationsClient;
};

/** Clients that write, straight to moto. */
export async function clientsOf(endpoint: string, account: string): Promise<Clients> {
  const credentials = { accessKeyId: 'AKIALIVESTATIC', secretAccessKey: 'live-secret' };
  const base = { endpoint, region: REGION, credentials };
  const config = account === HOME ? base : { ...base, credentials: await assumed(base, account) };
  return {
    iam: new IAMClient(config),
    eks: new EKSClient(config),
    ec2: new EC2Client(config),
    organizations: new OrganizationsClient(config),
  };
}

async function assumed(config: ConstructorParameters<typeof STSClient>[0] & object, account: string) {
  const input = { RoleArn: `arn:aws:iam::${account}:role/maker`, RoleSessionName: 'maker' };
  const { Credentials: given } = await new STSClient(config).send(new AssumeRoleCommand(input));
  return {
    accessKeyId: given!.AccessKeyId!,
    secretAccessKey: given!.SecretAccessKey!,
    sessionToken: given!.SessionToken!,
  };
}
