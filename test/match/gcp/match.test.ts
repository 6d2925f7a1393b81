import { describe, expect, it } from 'vitest';
import { type Cel, evaluateCel, HOLE, plain } from '../../../src/match/gcp/cel.ts';
import { parseCel } from '../../../src/match/gcp/cel-parse.ts';
import { deniedPermission, enforcedByBoundary, serviceOf } from '../../../src/match/gcp/permission.ts';
import { parseMember, parseWho } from '../../../src/match/gcp/principal.ts';
import { prefixes, projectOfAccount, relativeName, resourceType } from '../../../src/match/gcp/resource.ts';
import { scopesAllow } from '../../../src/match/gcp/scopes.ts';

const KNOWN: Record<string, Cel> = {
  name: plain('projects/_/buckets/b/objects/dir/file.csv'),
  session: plain(`arn:aws:sts::1:assumed-role/agent/${HOLE}`),
  two: plain(2),
};

/** Value, `unknown` with its words, or `error`. */
function value(text: string): unknown {
  const tree = parseCel(text);
  if (tree === null) return 'unparsed';
  const result = evaluateCel(tree, (path) => KNOWN[path] ?? null);
  if (result.type === 'value') return result.value;
  return result.type === 'unknown' ? `unknown: ${result.words.join('; ')}` : result.type;
}

describe('expressions (https://github.com/google/cel-spec/blob/master/doc/langdef.md)', () => {
  it.each([
    ['true && false || true', true],
    ['!(1 < 2)', false],
    ['"a" + \'b\' == "ab"', true],
    ["r'\\d' == '\\\\d'", true],
    ['two >= 2 && two != 3', true],
    ['"b" in ["a", "b"]', true],
    ['"c" in ["a", "b"]', false],
    ['1 == 1 ? "yes" : "no"', 'yes'],
    ['name.startsWith("projects/_/buckets/b/")', true],
    ['name.endsWith(".json")', false],
    ['name.contains("/dir/")', true],
    ['name.extract("/objects/{first}/")', 'dir'],
    ['name.extract("/objects/{all}")', 'dir/file.csv'],
    ['name.extract("/nowhere/{x}/")', ''],
    ['name.extract("{before}/buckets")', 'projects/_'],
    ['"ABC".lowerAscii()', 'abc'],
    ['timestamp("2026-01-01T00:00:00Z") < timestamp("2026-01-01T00:00:00+01:00")', false],
    ['timestamp("yesterday") < timestamp("2026-01-01T00:00:00Z")', 'error'],
    ['absent', 'unknown: absent'],
    ["absent.field['key']", "unknown: absent.field['key']"],
    ['absent && true', 'unknown: absent'],
    ['absent && false', false],
    ['absent || true', true],
    ['absent || two > 3', 'unknown: absent'],
    ['a || b', 'unknown: a or b'],
    ['a && b', 'unknown: a; b'],
    ['!absent', 'unknown: not (absent)'],
    ['name < two', 'error'],
    ['(name < two) || true', true],
    ['(name < two) && false', false],
    ['(name < two) && absent', 'unknown: absent'],
    ['name.matches("^(a+)+$")', 'unknown: name.matches("^(a+)+$")'],
    ['has(absent.field)', 'unknown: has(absent.field)'],
    ['{"a": 1}', 'unparsed'],
    ['a b', 'unparsed'],
    ['"unclosed', 'unparsed'],
    ['', 'unparsed'],
    ['session.startsWith("arn:aws:sts::1:assumed-role/agent/")', true],
    ['session.startsWith("arn:aws:sts::1:assumed-role/other/")', false],
    [
      'session == "arn:aws:sts::1:assumed-role/agent/i-1"',
      'unknown: session == "arn:aws:sts::1:assumed-role/agent/i-1"',
    ],
    ['session.extract("assumed-role/{role}/")', 'agent'],
  ])('%s', (text, wanted) => expect(value(text)).toEqual(wanted));
});

describe('permissions', () => {
  it.each([
    ['storage.googleapis.com/objects.get', 'storage.objects.get', 'yes'],
    ['storage.objects.get', 'storage.objects.get', 'yes'],
    ['storage.googleapis.com/objects.get', 'storage.objects.getIamPolicy', 'no'],
    ['storage.googleapis.com/objects.*', 'storage.objects.get', 'yes'],
    ['storage.googleapis.com/*.*', 'storage.buckets.list', 'yes'],
    ['storage.googleapis.com/*.get', 'storage.buckets.list', 'no'],
    ['bigquery.googleapis.com/objects.get', 'storage.objects.get', 'no'],
    ['cloudresourcemanager.googleapis.com/projects.*', 'resourcemanager.projects.delete', 'yes'],
    ['storage.googleapis.com/obj*.get', 'storage.objects.get', 'unknown'],
    ['everything', 'storage.objects.get', 'unknown'],
  ])('%s means %s: %s', (pattern, permission, wanted) =>
    expect(deniedPermission(pattern, permission)).toBe(wanted),
  );

  it.each([
    ['1', 'bigquery.tables.getData', 'unknown'],
    ['2', 'bigquery.tables.getData', 'yes'],
    [null, 'iam.serviceAccounts.getAccessToken', 'yes'],
    ['latest', 'iam.serviceAccounts.actAs', 'yes'],
    ['3', 'iam.serviceAccounts.listEffectiveTags', 'unknown'],
    ['4', 'compute.instances.list', 'unknown'],
  ])('version %s of a boundary holds for %s: %s', (version, permission, wanted) =>
    expect(enforcedByBoundary(version, permission)).toBe(wanted),
  );

  it('tell their service', () => {
    expect(serviceOf('storage.objects.get')).toBe('storage.googleapis.com');
    expect(serviceOf('resourcemanager.projects.get')).toBe('cloudresourcemanager.googleapis.com');
  });

  it.each([
    [['https://www.googleapis.com/auth/cloud-platform'], 'compute.instances.create', 'yes'],
    [['https://www.googleapis.com/auth/devstorage.read_only'], 'storage.objects.get', 'yes'],
    [['https://www.googleapis.com/auth/devstorage.read_only'], 'storage.objects.create', 'no'],
    [['https://www.googleapis.com/auth/devstorage.read_only'], 'bigquery.tables.getData', 'no'],
    [['https://www.googleapis.com/auth/something.new'], 'bigquery.tables.getData', 'unknown'],
    [[], 'bigquery.tables.getData', 'no'],
  ])('the scopes %s allow %s: %s', (scopes, permission, wanted) =>
    expect(scopesAllow(scopes, permission)).toBe(wanted),
  );
});

describe('principals', () => {
  const pool = 'projects/123/locations/global/workloadIdentityPools';
  it.each([
    [
      'serviceAccount:A@p.iam.gserviceaccount.com',
      { kind: 'service-account', name: 'a@p.iam.gserviceaccount.com' },
    ],
    [
      'principal://iam.googleapis.com/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com',
      { kind: 'service-account', name: 'a@p.iam.gserviceaccount.com' },
    ],
    [
      'serviceAccount:p.svc.id.goog[ns/ksa]',
      { kind: 'subject', pool: 'p.svc.id.goog', subject: 'ns/ns/sa/ksa' },
    ],
    [
      `principal://iam.googleapis.com/${pool}/p.svc.id.goog/subject/ns/ns/sa/ksa`,
      { kind: 'subject', pool: 'p.svc.id.goog', subject: 'ns/ns/sa/ksa' },
    ],
    [
      `principal://iam.googleapis.com/${pool}/ci/subject/repo:a/b`,
      { kind: 'subject', pool: `${pool}/ci`, subject: 'repo:a/b' },
    ],
    [
      `principalSet://iam.googleapis.com/${pool}/ci/attribute.repository/a/b`,
      { kind: 'attribute', pool: `${pool}/ci`, name: 'attribute.repository', value: 'a/b' },
    ],
    [
      `principalSet://iam.googleapis.com/${pool}/ci/group/devs`,
      { kind: 'attribute', pool: `${pool}/ci`, name: 'group', value: 'devs' },
    ],
    [`principalSet://iam.googleapis.com/${pool}/ci/*`, { kind: 'pool', pool: `${pool}/ci` }],
    [`//iam.googleapis.com/${pool}/ci`, { kind: 'pool', pool: `${pool}/ci` }],
    ['//cloudresourcemanager.googleapis.com/folders/2', { kind: 'identities-of', node: 'folders/2' }],
    [
      'principalSet://cloudresourcemanager.googleapis.com/organizations/1/type/ServiceAgent',
      { kind: 'agents-of', node: 'organizations/1' },
    ],
    ['principalSet://goog/group/G@x.com', { kind: 'group', name: 'g@x.com' }],
    ['principal://goog/subject/u@x.com', { kind: 'user', name: 'u@x.com' }],
    ['principalSet://goog/cloudIdentityCustomerId/C01', { kind: 'customer', name: 'C01' }],
    ['deleted:principal://goog/subject/u@x.com?uid=1', { kind: 'deleted' }],
    ['projectViewer:p', { kind: 'convenience', role: 'roles/viewer', node: 'projects/p' }],
    [
      'principal://iam.googleapis.com/locations/global/workforcePools/w/subject/s',
      { kind: 'unknown', text: 'principal://iam.googleapis.com/locations/global/workforcePools/w/subject/s' },
    ],
    ['__proto__:x', { kind: 'unknown', text: '__proto__:x' }],
    ['', { kind: 'unknown', text: '' }],
  ])('%s', (text, wanted) => expect(parseMember(text)).toEqual(wanted));

  it('that act are taken in every form', () => {
    const account = { type: 'service-account', email: 'a@p.iam.gserviceaccount.com' };
    for (const prefix of ['', 'gcp:', 'serviceAccount:', 'gcp:serviceAccount:'])
      expect(parseWho(`${prefix}a@p.iam.gserviceaccount.com`)).toEqual(account);
    expect(parseWho('u@x.com')).toEqual({ type: 'user', email: 'u@x.com' });
    expect(parseWho('group:g@x.com').type).toBe('unknown');
  });
});

describe('resources', () => {
  it.each([
    ['//cloudresourcemanager.googleapis.com/projects/p', 'projects/p'],
    ['//storage.googleapis.com/projects/_/buckets/b/objects/o', 'projects/_/buckets/b/objects/o'],
    ['//storage.googleapis.com/b', 'projects/_/buckets/b'],
    ['gs://b/dir/o', 'projects/_/buckets/b/objects/dir/o'],
    ['gs://b/', 'projects/_/buckets/b'],
    ['projects/p/secrets/s', 'projects/p/secrets/s'],
  ])('%s is %s', (text, wanted) => expect(relativeName(text)).toBe(wanted));

  it.each([
    ['a@my-project.iam.gserviceaccount.com', 'projects/my-project'],
    ['a@my-project.example.com.iam.gserviceaccount.com', 'projects/example.com:my-project'],
    ['my-project@appspot.gserviceaccount.com', 'projects/my-project'],
    ['123-compute@developer.gserviceaccount.com', 'projects/123'],
    ['service-123@gcp-sa-aiplatform.iam.gserviceaccount.com', null],
    ['u@x.com', null],
  ])('%s is of %s', (email, wanted) => expect(projectOfAccount(email)).toBe(wanted));

  it('have types where they are known', () => {
    expect(resourceType('projects/_/buckets/b')).toBe('storage.googleapis.com/Bucket');
    expect(resourceType('projects/_/buckets/b/objects/a/buckets/c')).toBe('storage.googleapis.com/Object');
    expect(resourceType('projects/p/secrets/s/versions/1')).toBe(
      'secretmanager.googleapis.com/SecretVersion',
    );
    expect(resourceType('projects/p/locations/l/things/t')).toBeNull();
    expect(resourceType('projects/p/__proto__/t')).toBeNull();
  });

  it('of endless names are bounded', () => {
    expect(prefixes('a/'.repeat(2000)).length).toBeLessThanOrEqual(64);
  });
});
