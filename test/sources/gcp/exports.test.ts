/** What `gcloud … --format json` writes: most of it is the REST answer, projects are not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GcpEstate } from '../../../src/model/gcp.ts';
import { createGcpScope } from '../../../src/scope/gcp/index.ts';
import { createGcpBuilder, isGcpDocument } from '../../../src/sources/gcp/builder.ts';
import { ANSWERS } from './replay.ts';

function build(documents: readonly (readonly [string, unknown])[]): GcpEstate {
  const builder = createGcpBuilder();
  for (const [path, document] of documents) expect(builder.add(document, path), path).toBe(true);
  return builder.finish('2026-11-21T00:00:00.000Z');
}

const R = 'cloudresourcemanager.googleapis.com/v3';
const PROJECT = {
  createTime: '2025-01-01T00:00:00.000Z',
  lifecycleState: 'ACTIVE',
  name: 'Research',
  parent: { id: '2', type: 'folder' },
  projectId: 'p',
  projectNumber: '123',
};
const ANCESTORS = [
  { id: 'p', type: 'project' },
  { id: '2', type: 'folder' },
  { id: '1', type: 'organization' },
];
const POLICY = ANSWERS[`POST ${R}/projects/p:getIamPolicy`];
const DENY_LIST = (
  ANSWERS[
    'GET iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fp/denypolicies'
  ] as { policies: unknown[] }
).policies;
const DENY =
  ANSWERS[
    'GET iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F123/denypolicies/no-secrets'
  ];
const CLUSTERS = (
  ANSWERS['GET container.googleapis.com/v1/projects/p/locations/-/clusters'] as { clusters: unknown[] }
).clusters;

function row(estate: GcpEstate, source: string) {
  return estate.coverage.find((one) => one.source === source);
}

describe('exports', () => {
  it('of projects tell number and parent', () => {
    expect(build([['project.json', PROJECT]]).nodes).toContainEqual({
      name: 'projects/p',
      number: '123',
      parent: 'folders/2',
    });
  });

  it('of ancestors tell the whole way', () => {
    const { nodes } = build([
      ['ancestors.json', ANCESTORS],
      ['project.json', { ...PROJECT, parent: undefined }],
    ]);
    expect(nodes).toEqual([
      { name: 'folders/2', number: null, parent: 'organizations/1' },
      { name: 'organizations/1', number: null, parent: null },
      { name: 'projects/p', number: '123', parent: 'folders/2' },
    ]);
  });

  it('of ancestors that end below an organization leave the rest unknown', () => {
    const estate = build([['ancestors.json', ANCESTORS.slice(0, 2)]]);
    expect(estate.nodes).toEqual([{ name: 'projects/p', number: null, parent: 'folders/2' }]);
  });

  it('of policies are of the resource that their place names', () => {
    const estate = build([
      ['/exports/gcp/projects/p/iam-policy.json', POLICY],
      ['C:\\exports\\gcp\\folders\\2\\iam-policy.json', { etag: 'ACAB' }],
      [
        'gcp/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com/iam-policy.json',
        { etag: 'ACAB', version: 1 },
      ],
      ['gcp/projects/p/buckets/b/iam-policy.yaml', {}],
    ]);
    expect(estate.policies.map(({ resource }) => resource)).toEqual([
      'folders/2',
      'projects/p',
      'projects/p/buckets/b',
      'projects/p/serviceAccounts/a@p.iam.gserviceaccount.com',
    ]);
    expect(estate.policies[1]!.bindings[1]).toEqual({
      role: 'projects/p/roles/publisher',
      members: ['serviceAccount:agent@p.iam.gserviceaccount.com'],
      condition: { title: 'expires', expression: 'request.time < timestamp("2027-01-01T00:00:00Z")' },
      field: 'bindings[1]',
    });
    expect(row(estate, 'gcp:projects/p/service-account-policies')).toMatchObject({
      status: 'read',
      objects: 1,
    });
  });

  it('of a policy anywhere else are asked to be put in their place', () => {
    const estate = build([['policy.json', POLICY]]);
    expect(estate.policies).toEqual([]);
    expect(estate.warnings[0]).toMatch(/^policy.json: .*gcp\/projects\/<id>\/iam-policy.json/);
  });

  it('of roles tell their permissions where described, and not where listed', () => {
    const estate = build([
      ['a.json', { name: 'roles/described', title: 'x', stage: 'GA', includedPermissions: ['a.b.c'] }],
      ['b.json', { name: 'projects/p/roles/empty', title: 'x' }],
      [
        'c.json',
        [
          { name: 'roles/listed', title: 'x' },
          { name: 'roles/full', includedPermissions: ['d.e.f'] },
        ],
      ],
    ]);
    expect(estate.roles.map(({ name }) => name)).toEqual([
      'projects/p/roles/empty',
      'roles/described',
      'roles/full',
    ]);
  });

  it('of deny policies without rules are not read, until one is described', () => {
    const listed = build([
      ['project.json', PROJECT],
      ['deny.json', DENY_LIST],
    ]);
    expect(row(listed, 'gcp:projects/p/deny-policies')).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('no-secrets'),
    });
    for (const order of [0, 1]) {
      const files = [
        ['deny.json', DENY_LIST],
        ['one.json', DENY],
      ] as const;
      const whole = build([['project.json', PROJECT], files[order]!, files[1 - order]!]);
      expect(row(whole, 'gcp:projects/p/deny-policies')).toMatchObject({ status: 'read', objects: 1 });
      expect(whole.denyPolicies[0]).toMatchObject({
        resource: 'projects/123',
        rules: [{ field: 'rules[0].denyRule' }],
      });
    }
  });

  it('of one deny policy do not say that there are no more', () => {
    const estate = build([
      ['project.json', PROJECT],
      ['one.json', DENY],
    ]);
    expect(row(estate, 'gcp:projects/p/deny-policies')).toBeUndefined();
  });

  it('of nothing say so by their place', () => {
    const estate = build([
      ['gcp/projects/p/deny-policies.json', []],
      ['gcp/organizations/1/policy-bindings.json', {}],
      ['gcp/projects/p/clusters.json', []],
    ]);
    expect(estate.coverage.map(({ source, status, objects }) => [source, status, objects])).toEqual([
      ['gcp:organizations/1/policy-bindings', 'read', 0],
      ['gcp:projects/p/clusters', 'read', 0],
      ['gcp:projects/p/deny-policies', 'read', 0],
      ['gcp:roles', 'read', 0],
    ]);
  });

  it('of clusters, described or listed, are the same', () => {
    const [listed, described] = [
      build([['x.json', CLUSTERS]]),
      build(CLUSTERS.map((one) => ['y.json', one])),
    ];
    expect(listed.clusters).toEqual(described.clusters);
    expect(listed.clusters[0]!.nodePools.map(({ metadataMode }) => metadataMode)).toEqual([
      'GKE_METADATA',
      null,
    ]);
  });

  it('of policy bindings of other kinds are told', () => {
    const access = {
      name: 'projects/p/locations/global/policyBindings/x',
      policyKind: 'ACCESS',
      policy: 'x',
    };
    const estate = build([['b.json', [access]]]);
    expect(estate.boundaryBindings).toEqual([]);
    expect(estate.warnings[0]).toContain('kind ACCESS are not modelled');
  });

  it('that are all there answer like the API', () => {
    const estate = build([
      ['ancestors.json', ANCESTORS],
      ['project.json', PROJECT],
      ['gcp/projects/p/iam-policy.json', POLICY],
      ['gcp/folders/2/iam-policy.json', {}],
      ['gcp/organizations/1/iam-policy.json', {}],
      ...['projects/p', 'folders/2', 'organizations/1'].flatMap((node) => [
        [`gcp/${node}/deny-policies.json`, []] as const,
        [`gcp/${node}/policy-bindings.json`, []] as const,
      ]),
      ['role.json', ANSWERS['GET iam.googleapis.com/v1/roles/bigquery.dataViewer']],
    ]);
    const ask = {
      principal: 'agent@p.iam.gserviceaccount.com',
      action: 'bigquery.tables.getData',
      resource: 'projects/p',
      context: {},
    };
    expect(createGcpScope(estate).decide(ask).verdict).toBe('allow');
  });
});

describe('recognition', () => {
  it.each([
    ['a Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } }],
    [
      'a RoleBinding',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', roleRef: {}, subjects: [] },
    ],
    ['a kubeconfig', { apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'x', cluster: {} }] }],
    ['EKS clusters', { clusters: ['one', 'two'] }],
    ['a dump of AWS IAM', { UserDetailList: [], RoleDetailList: [], Policies: [] }],
    ['an AWS policy', { Version: '2012-10-17', Statement: [] }],
    ['a list of nothing', []],
    ['nothing', {}],
    ['a string', 'projects/p'],
    ['null', null],
    ['a package', { name: 'roles', version: '1.0.0' }],
  ])('leaves %s alone', (_, document) => {
    expect(isGcpDocument(document, 'some/file.json')).toBe(false);
    expect(createGcpBuilder().add(document, 'some/file.json')).toBe(false);
  });

  it('takes every answer of the API', () => {
    for (const [call, answer] of Object.entries(ANSWERS))
      if (Object.keys(answer as object).length > 0 && !call.startsWith('POST'))
        expect(isGcpDocument(answer, 'x.json'), call).toBe(true);
  });
});

describe('bad input', () => {
  it('is said, and what rests on it was not read', () => {
    const estate = build([
      ['gcp/projects/p/iam-policy.json', { bindings: [{ role: 'roles/x', members: 'everybody' }] }],
      ['gcp/projects/p/service-accounts.json', [{ email: 'a@p.iam.gserviceaccount.com', uniqueId: 7 }]],
    ]);
    expect(estate.warnings).toHaveLength(2);
    expect(row(estate, 'gcp:projects/p/iam-policy')).toMatchObject({ status: 'failed' });
    expect(row(estate, 'gcp:projects/p/service-accounts')).toMatchObject({ status: 'failed' });
  });

  it('changes no prototype', () => {
    const document = JSON.parse(
      '{"name":"projects/1/locations/global/workloadIdentityPools/x/providers/y","attributeMapping":{"__proto__":"assertion.sub","google.subject":"assertion.sub"},"__proto__":{"polluted":true}}',
    );
    build([
      ['x.json', document],
      ['gcp/projects/__proto__/iam-policy.json', {}],
    ]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('of any shape never throws', () => {
    const keys = fc.constantFrom(
      'name',
      'bindings',
      'role',
      'members',
      'email',
      'rules',
      'clusters',
      'selfLink',
      'projectId',
      'projectNumber',
      'id',
      'type',
      'target',
      'details',
      'kind',
      'coverage',
    );
    const text = fc.constantFrom(
      'projects/1',
      'roles/x',
      'policies/%zz/denypolicies/x',
      'organizations/1',
      'https://container.googleapis.com/v1/x',
      'a@b.gserviceaccount.com',
      'ai-spm/gcp-reading',
      '',
    );
    const leaf = fc.oneof(text, fc.constant(null), fc.integer(), fc.boolean());
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('document'), { maxLength: 4 }),
        fc.dictionary(keys, tie('document'), { maxKeys: 5 }),
      ),
    }));
    const path = fc.constantFrom(
      'x.json',
      'gcp/projects/p/iam-policy.json',
      'gcp/projects/p/clusters.json',
      'gcp/reading.json',
      'gcp/projects/p/ancestors.json',
      'gcp/projects/%/roles.json',
      'gcp/projects/p/service-account-policies.json',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(path, document), { maxLength: 6 }), (files) => {
        const builder = createGcpBuilder();
        for (const [where, one] of files) builder.add(one, where);
        const estate = builder.finish(null);
        const scope = createGcpScope(estate);
        expect(
          scope.decide({
            principal: 'a@b.iam.gserviceaccount.com',
            action: 'a.b.c',
            resource: null,
            context: {},
          }).verdict,
        ).not.toBe('allow');
      }),
      { numRuns: 2000 },
    );
  });

  it('of 10,000 bindings with 50 members each is read in seconds', () => {
    const bindings = Array.from({ length: 10_000 }, (_, index) => ({
      role: `roles/r${index % 100}`,
      members: Array.from(
        { length: 50 },
        (__, member) => `serviceAccount:a${member}-${index}@p.iam.gserviceaccount.com`,
      ),
    }));
    const start = process.cpuUsage();
    const estate = build([['gcp/projects/p/iam-policy.json', { version: 3, bindings }]]);
    createGcpScope(estate).capabilitiesOf('a1-1@p.iam.gserviceaccount.com');
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
  });
});
