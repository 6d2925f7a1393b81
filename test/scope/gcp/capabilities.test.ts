import { describe, expect, it } from 'vitest';
import { createGcpScope } from '../../../src/scope/gcp/index.ts';
import { estateOf, type Short } from './estate.ts';

const AGENT = 'agent@p.iam.gserviceaccount.com';
const member = `serviceAccount:${AGENT}`;
const base: Short = {
  tree: {
    'organizations/1': '',
    'folders/2': 'organizations/1',
    'projects/p': 'folders/2',
    'projects/q': 'organizations/1',
  },
  numbers: { 'projects/p': '123', 'projects/q': '456' },
  accounts: [AGENT],
  roles: { 'roles/x': ['storage.objects.get', 'bigquery.tables.getData', 'secretmanager.versions.access'] },
};

function of(short: Short) {
  return createGcpScope(estateOf({ ...base, ...short })).capabilitiesOf(AGENT);
}

const onProject = { allow: { 'projects/p': [{ role: 'roles/x', members: [member] }] } };

describe('capabilities', () => {
  it('carry the permissions of the role, on the project by id and number, and the way', () => {
    const [one, ...more] = of(onProject);
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      holder: { type: 'principal', id: `gcp:${AGENT}` },
      kind: 'cloud-action',
      effect: 'allow',
      origin: 'direct',
      conditions: [],
      allow: [
        {
          cloud: 'gcp',
          actions: base.roles!['roles/x'],
          resources: ['projects/p', 'projects/123'],
          notActions: false,
        },
      ],
    });
    expect(one!.path.map(({ object, field }) => [object, field])).toEqual([
      [`Service account ${AGENT}`, 'email'],
      ['Allow policy of projects/p', 'bindings[0].members[0]'],
      ['roles/x', 'includedPermissions'],
    ]);
  });

  it('of an organization are inherited, and name every project that was read', () => {
    const [one] = of({ allow: { 'organizations/1': [{ role: 'roles/x', members: [member] }] } });
    expect(one).toMatchObject({ origin: 'inherited', effect: 'allow' });
    expect(one!.allow[0]).toMatchObject({
      resources: ['organizations/1', 'projects/p', 'projects/123', 'projects/q', 'projects/456'],
    });
  });

  it('lose what is denied for certain', () => {
    const deny = {
      'folders/2': [
        { principals: ['principalSet://goog/public:all'], permissions: ['storage.googleapis.com/*.*'] },
      ],
    };
    const [one, ...more] = of({ ...onProject, deny });
    expect(more).toEqual([]);
    expect(one!.allow[0]).toMatchObject({
      actions: ['bigquery.tables.getData', 'secretmanager.versions.access'],
    });
  });

  it('keep apart what is denied only perhaps', () => {
    const deny = {
      'projects/p': [
        {
          principals: ['principalSet://goog/group/g@x.com'],
          permissions: ['storage.googleapis.com/objects.get'],
        },
      ],
    };
    const [sure, open, ...more] = of({ ...onProject, deny });
    expect(more).toEqual([]);
    expect(sure).toMatchObject({ effect: 'allow', conditions: [] });
    expect(open).toMatchObject({ effect: 'conditional', allow: [{ actions: ['storage.objects.get'] }] });
    expect(open!.path.at(-1)!.object).toMatch(/^Deny policy/);
    expect(new Set([sure!.id, open!.id]).size).toBe(2);
  });

  it('are cut where something below denies them', () => {
    const deny = {
      'projects/q': [
        {
          principals: ['principalSet://goog/public:all'],
          permissions: ['storage.googleapis.com/objects.get'],
        },
      ],
    };
    const [one] = of({ allow: { 'organizations/1': [{ role: 'roles/x', members: [member] }] }, deny });
    expect(one).toMatchObject({
      effect: 'allow',
      deny: [{ actions: ['storage.objects.get'], resources: ['projects/q', 'projects/456'] }],
    });
  });

  it('outside of an access boundary are conditional', () => {
    const [one] = of({
      allow: { 'projects/q': [{ role: 'roles/x', members: [member] }] },
      boundaries: { own: { resources: ['//cloudresourcemanager.googleapis.com/projects/p'], version: '3' } },
      bound: [{ policy: 'own', target: '//cloudresourcemanager.googleapis.com/projects/p' }],
    });
    expect(one).toMatchObject({ effect: 'conditional' });
    expect(one!.conditions.join()).toContain('access boundary own');
  });

  it('of a role that was not read are whatever it grants', () => {
    const [one] = of({ allow: { 'projects/p': [{ role: 'roles/unread', members: [member] }] } });
    expect(one).toMatchObject({
      effect: 'conditional',
      allow: [],
      summary: 'whatever roles/unread grants on projects/p',
    });
  });

  it('of groups are one, whatever their number', () => {
    const bindings = Array.from({ length: 100 }, (_, index) => ({
      role: 'roles/x',
      members: [`group:g${index}@x.com`],
    }));
    const [one, ...more] = of({ allow: { 'projects/p': bindings } });
    expect(more).toEqual([]);
    expect(one).toMatchObject({ effect: 'conditional', allow: [], origin: 'inherited' });
    expect(one!.conditions[0]).toContain('and 95 more');
  });

  it('under unread deny policies are conditional', () => {
    const [one] = of({ ...onProject, unread: ['organizations/1/deny-policies'] });
    expect(one).toMatchObject({ effect: 'conditional' });
    expect(one!.conditions[0]).toContain('the deny policies of organizations/1 were not read');
  });

  it('of a disabled account are none', () => {
    expect(of({ ...onProject, accounts: [{ email: AGENT, disabled: true }] })).toEqual([]);
  });
});

describe('who is known', () => {
  const scope = createGcpScope(estateOf({ ...base, ...onProject }));
  it.each([
    [AGENT, true],
    [`gcp:${AGENT}`, true],
    [`serviceAccount:${AGENT.toUpperCase()}`, true],
    ['unlisted@p.iam.gserviceaccount.com', true],
    [
      'principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p.svc.id.goog/subject/ns/a/sa/b',
      true,
    ],
    ['stranger@elsewhere.iam.gserviceaccount.com', false],
    ['arn:aws:iam::111122223333:role/x', false],
    ['', false],
  ])('%s: %s', (principal, known) => expect(scope.knows(principal)).toBe(known));
});
