import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foldSubjects,
  parentEndpoint,
  parentPath,
  parentPeer,
} from '../../../src/observe/segment/templates.ts';

function ladder(subject: string, up: (subject: string) => string | null): string[] {
  const steps: string[] = [];
  for (let at: string | null = subject; at !== null && steps.length < 20; at = up(at)) steps.push(at);
  return steps;
}

describe('generalisation', () => {
  it('goes up directory by directory', () => {
    expect(ladder('r:/a/b/c.txt', parentPath)).toEqual(['r:/a/b/c.txt', 'r:/a/b/**', 'r:/a/**', 'r:/**']);
    expect(ladder('/usr/bin/x', parentPath)).toEqual(['/usr/bin/x', '/usr/bin/**', '/usr/**', '/**']);
    expect(ladder('r:relative', parentPath)).toEqual(['r:relative']);
  });

  it('widens addresses, then ports', () => {
    expect(ladder('tcp/10.1.2.3:443', parentPeer)).toEqual([
      'tcp/10.1.2.3:443',
      'tcp/10.1.2.0/24:443',
      'tcp/10.1.0.0/16:443',
      'tcp/10.1.0.0/16:*',
      'tcp/*:*',
    ]);
    expect(ladder('udp/[fd00::1:2]:53', parentPeer)).toEqual([
      'udp/[fd00::1:2]:53',
      'udp/[fd00:0:0:0::]/64:53',
      'udp/[fd00:0:0::]/48:53',
      'udp/[fd00:0:0::]/48:*',
      'udp/*:*',
    ]);
    expect(parentPeer('nonsense')).toBeNull();
  });

  it('shortens the paths of endpoints, then forgets the host', () => {
    expect(ladder('GET api.example:8080/v1/{}', parentEndpoint)).toEqual([
      'GET api.example:8080/v1/{}',
      'GET api.example:8080/v1/**',
      'GET api.example:8080/**',
      'GET **',
    ]);
    expect(ladder('CONNECT api.example', parentEndpoint)).toEqual(['CONNECT api.example', 'CONNECT **']);
    expect(ladder('POST ? ?', parentEndpoint)).toEqual(['POST ? ?', 'POST **']);
  });

  it('of 1,200 endpoints leaves those that are alone, and no more than the limit', () => {
    const pages = Array.from(
      { length: 1200 },
      (_, i) => `GET wiki.example/pages-${'abcdefghij'[i % 10]}/p${i}`,
    );
    const folded = foldSubjects([...pages, 'POST api.example/v1/chat'], 1000, parentEndpoint, () => false)!;
    expect(folded.names.get('POST api.example/v1/chat')).toBeUndefined();
    expect(new Set([...pages].map((one) => folded.names.get(one) ?? one)).size).toBeLessThan(1000);
    expect([...folded.names.values()]).toContain('GET wiki.example/pages-a/**');
  });
});

describe('foldSubjects', () => {
  const none = (): boolean => false;

  it('leaves what is within the limit alone', () => {
    expect(foldSubjects(['r:/a', 'r:/b'], 2, parentPath, none)).toBeNull();
  });

  it('folds the fullest directory first and keeps the rest by name', () => {
    const many = Array.from({ length: 8 }, (_, i) => `r:/data/${i}`);
    const folded = foldSubjects([...many, 'r:/etc/passwd', 'r:/etc/hosts'], 4, parentPath, none);
    expect(folded).toMatchObject({ subjects: 8, templates: 1 });
    expect(new Set(folded!.names.values())).toEqual(new Set(['r:/data/**']));
  });

  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 5 })
    .map((parts) => `r:/${parts.join('/')}`);
  const peer = fc
    .tuple(fc.nat(3), fc.nat(5), fc.nat(255), fc.constantFrom(53, 80, 443))
    .map(([a, b, c, port]) => `tcp/10.${a}.${b}.${c}:${port}`);

  it.each([
    ['paths', path, parentPath],
    ['peers', peer, parentPeer],
  ])('never exceeds the limit, and does not depend on order: %s', (_name, subject, up) => {
    fc.assert(
      fc.property(
        fc.uniqueArray(subject, { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (subjects, limit) => {
          const forwards = foldSubjects(subjects, limit, up, none);
          const backwards = foldSubjects([...subjects].reverse(), limit, up, none);
          expect(new Map([...(backwards?.names ?? [])].sort())).toEqual(
            new Map([...(forwards?.names ?? [])].sort()),
          );
          const names = new Set(subjects.map((one) => forwards?.names.get(one) ?? one));
          expect(names.size).toBeLessThanOrEqual(limit);
          for (const [from, to] of forwards?.names ?? []) expect(ladder(from, up)).toContain(to);
        },
      ),
    );
  });

  it('never folds what is pinned', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 100 }),
        fc.integer({ min: 1, max: 10 }),
        (subjects, limit) => {
          const pinned = (subject: string): boolean => subject.startsWith('r:/a');
          const names = foldSubjects(subjects, limit, parentPath, pinned)?.names ?? new Map();
          expect([...names.keys()].filter(pinned)).toEqual([]);
        },
      ),
    );
  });
});
