/** docker.json and podman.json were written by Docker 20.10 and Podman 4.3: fixtures/containers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseCgroupPath } from '../../../src/observe/workload/cgroup-path.ts';
import { openContainerDirectory } from '../../../src/sources/sensor/containers/directory.ts';

const FIXTURES = new URL('../../../fixtures/containers/', import.meta.url);
const DOCKER_ID = 'e5572cd537fad73083e0401ff4022667d172d126f36881d8340e6dad0e6fc04d';
const PODMAN_ID = 'caa220940aebeeff731d062e6a60bddbd6f7898999114734a93a5cfa5e1c7f51';
const OTHER_ID = 'ab'.repeat(32);

const recorded = (name: string) => readFileSync(new URL(name, FIXTURES), 'utf8');
const config = (id: string, root = '/var/lib/docker') => `${root}/containers/${id}/config.v2.json`;
const CONTAINERS = '/var/lib/containers/storage/overlay-containers/containers.json';
const VOLATILE = '/var/lib/containers/storage/overlay-containers/volatile-containers.json';
const bundle = (id: string) => `/run/containerd/io.containerd.runtime.v2.task/default/${id}/config.json`;

const tops: string[] = [];
afterEach(() => {
  for (const top of tops.splice(0)) rmSync(top, { recursive: true });
});

function machine(files: Record<string, string>) {
  const top = mkdtempSync(join(tmpdir(), 'ai-spm-containers-'));
  tops.push(top);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const directory = openContainerDirectory('m1', top);
  const find = (path: string) => directory.workloadOf({ id: '1', path, parsed: parseCgroupPath(path) });
  const problems = () => directory.problems().map((why) => why.replaceAll(top, ''));
  return { top, write, find, problems };
}

function docker(name: string, labels: object = {}, more: object = {}): string {
  return JSON.stringify({ Name: `/${name}`, Config: { Image: 'agent:1', Labels: labels }, ...more });
}

const compose = (project: string, service: string) => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
});

describe('a container that no Kubernetes runs', () => {
  it('is the Compose service that it is a replica of', () => {
    const { find, problems } = machine({ [config(DOCKER_ID)]: recorded('docker.json') });
    const found = find(`/docker/${DOCKER_ID}`);
    expect(found).toMatchObject({
      id: 'host:m1/compose/shop/agent',
      ...{
        unit: 'container',
        resolvedBy: 'runtime',
        name: 'shop/agent',
        image: 'box:1',
        instance: DOCKER_ID,
      },
      labels: compose('shop', 'agent'),
      container: 'agent',
    });
    expect(find(`/system.slice/docker-${DOCKER_ID}.scope`)).toEqual(found);
    expect(JSON.stringify(found)).not.toContain('s3cret');
    expect(problems()).toEqual([]);
  });

  it.each([
    ['docker run --name', docker('agent'), 'host:m1/container/docker/agent'],
    ['a Swarm task', docker('web.1.x7', { 'com.docker.swarm.service.name': 'web' }), 'host:m1/swarm/web'],
    [
      'half of the labels',
      docker('one', { 'com.docker.compose.project': 'p' }),
      'host:m1/container/docker/one',
    ],
    ['labels that are no names', docker('one', compose('../..', 'a b')), 'host:m1/container/docker/one'],
    ['no labels at all', '{"Name":"/x","Config":{"Image":"i","Labels":null}}', 'host:m1/container/docker/x'],
  ])('Docker: %s', (_, text, id) => {
    expect(machine({ [config(OTHER_ID)]: text }).find(`/docker/${OTHER_ID}`)?.id).toBe(id);
  });

  it('is found where the daemon was told to keep its data', () => {
    const daemon = { '/etc/docker/daemon.json': '{"data-root":"/data/docker"}' };
    const { find } = machine({ ...daemon, [config(OTHER_ID, '/data/docker')]: docker('moved') });
    expect(find(`/docker/${OTHER_ID}`)?.name).toBe('moved');
  });

  it('is named by Podman’s storage, also where it is removed at its end, and when it came later', () => {
    const { find, write } = machine({ [CONTAINERS]: recorded('podman.json') });
    expect(find(`/libpod_parent/libpod-${PODMAN_ID}`)).toMatchObject({
      id: 'host:m1/container/podman/report-agent',
      image: 'localhost/box:1',
    });
    write(VOLATILE, JSON.stringify([null, 7, { id: 'x', names: [] }, { id: OTHER_ID, names: ['once'] }]));
    expect(find(`/machine.slice/libpod-${OTHER_ID}.scope`)?.id).toBe('host:m1/container/podman/once');
  });

  it('is named by nerdctl’s annotation', () => {
    const text = JSON.stringify({ annotations: { 'nerdctl/name': 'agent', 'nerdctl/namespace': 'default' } });
    const { find } = machine({ [bundle(OTHER_ID)]: text });
    expect(find(`/system.slice/nerdctl-${OTHER_ID}.scope`)?.id).toBe('host:m1/container/nerdctl/agent');
    expect(find(`/somewhere/${OTHER_ID}`)?.id).toBe('host:m1/container/nerdctl/agent');
  });
});

describe('a container that nothing names', () => {
  it.each([
    ['is not there', {}, `docker: /var/lib/docker/containers/ID/config.v2.json: ENOENT`],
    [
      'is no JSON',
      { [config(OTHER_ID)]: '{' },
      'docker: /var/lib/docker/containers/ID/config.v2.json: not what',
    ],
    ['has a name that is none', { [config(OTHER_ID)]: docker('a/../b') }, 'docker: '],
    ['has a name with an escape', { [config(OTHER_ID)]: docker('\u001b[2Jx') }, 'docker: '],
    ['is too large', { [config(OTHER_ID)]: docker('x', {}, { a: 'x'.repeat(1 << 20) }) }, 'docker: '],
  ])('keeps its id where its file %s, and says why', (_, files: Record<string, string>, why) => {
    const { find, problems } = machine(files);
    expect(find(`/docker/${OTHER_ID}`)).toBeNull();
    expect(problems()).toEqual([expect.stringContaining(why)]);
  });

  it('is not looked for behind a link', () => {
    const { find, problems, top, write } = machine({ '/else/where': docker('linked') });
    write(`${config(OTHER_ID)}.real`, '');
    symlinkSync(join(top, '/else/where'), join(top, config(OTHER_ID)));
    expect(find(`/docker/${OTHER_ID}`)).toBeNull();
    expect(problems()).toEqual(['docker: /var/lib/docker/containers/ID/config.v2.json: ELOOP']);
  });

  it('is no business of a runtime where Kubernetes runs it, or where it is no container', () => {
    const { find, problems } = machine({ [config(OTHER_ID)]: docker('k8s_agent') });
    const pod = '/kubepods/besteffort/pod0f8a6f2e-1111-2222-3333-444455556666';
    expect(find(`${pod}/${OTHER_ID}`)).toBeNull();
    expect(find('/system.slice/docker.service')).toBeNull();
    expect(problems()).toEqual([]);
  });

  it('is asked for a few times, and not at every look', () => {
    const { find, write } = machine({});
    expect(find(`/docker/${OTHER_ID}`)).toBeNull();
    write(config(OTHER_ID), docker('late'));
    expect(find(`/docker/${OTHER_ID}`)).toBeNull();
  });
});
