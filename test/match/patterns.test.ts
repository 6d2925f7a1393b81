import { describe, expect, it } from 'vitest';
import { artifactMatches, normalizeName, parsePurl } from '../../src/match/artifact.ts';
import { cidrContains, parseAddress, parseCidr } from '../../src/match/cidr.ts';
import { canonicalPath, pathUnder } from '../../src/match/path.ts';
import { namespaceMatches, selectorMatches } from '../../src/match/selector.ts';
import { parseSelector } from '../../src/match/selector-text.ts';
import type { LabelSelector } from '../../src/model/kubernetes.ts';
import { parseArtifact } from '../../src/scope/artifact-text.ts';

describe('addresses', () => {
  it('refuses what Kubernetes would not accept', () => {
    for (const text of ['010.0.0.1', '10.1', '1', '0x7f.1', 'fe80::1%eth0', '', 'localhost', '10.0.0.256'])
      expect([text, parseAddress(text)]).toEqual([text, null]);
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '::/129', '10.0.0.0/8/8'])
      expect([text, parseCidr(text)]).toEqual([text, null]);
  });

  it('keeps families apart, but IPv4-mapped addresses are IPv4', () => {
    expect(cidrContains('0.0.0.0/0', '2001:db8::1')).toBe(false);
    expect(cidrContains('::/0', '203.0.113.1')).toBe(false);
    expect(cidrContains('10.0.0.0/8', '::ffff:10.1.2.3')).toBe(true);
    expect(cidrContains('10.1.2.3/8', '10.200.0.1')).toBe(true);
    expect(cidrContains('2001:db8::/127', '2001:db8::2')).toBe(false);
  });
});

function read(text: string): LabelSelector {
  const parsed = parseSelector(text);
  if ('refused' in parsed) throw new Error(`refused: ${parsed.refused}`);
  return parsed.selector;
}

describe('selectors', () => {
  const labels = { app: 'web', tier: '' };

  it('reads the syntax of kubectl', () => {
    const chooses = (text: string) => selectorMatches(read(text), labels);
    for (const text of [
      'app=web',
      'app==web',
      'app',
      'app in (a, web)',
      'other notin (x)',
      '!other',
      'tier=',
      'x!=1',
    ])
      expect([text, chooses(text)]).toEqual([text, 'yes']);
    for (const text of ['app=db', 'other', '!app', 'app notin (web)', 'app=web,other', 'app!=web'])
      expect([text, chooses(text)]).toEqual([text, 'no']);
    for (const text of ['app=web=x', 'a b', 'app in web', '=x', 'app in (a', '', '__proto__'])
      expect(parseSelector(text)).toEqual({ refused: text });
  });

  it('does not take inherited properties for labels', () => {
    expect(selectorMatches(read('constructor'), labels)).toBe('no');
  });

  it('knows the name of a namespace, even where its labels were not read', () => {
    const byName = read('kubernetes.io/metadata.name=lab');
    expect(namespaceMatches(byName, 'lab', null)).toBe('yes');
    expect(namespaceMatches(byName, 'other', null)).toBe('no');
    expect(namespaceMatches(read('team=ai'), 'lab', null)).toBe('unknown');
    expect(namespaceMatches(read('team=ai'), 'lab', {})).toBe('no');
  });
});

describe('paths', () => {
  it('sees through what the kubelet and the image link', () => {
    const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
    expect(canonicalPath('/run/secrets/kubernetes.io/serviceaccount/..data/token')).toBe(
      canonicalPath(token),
    );
    expect(pathUnder(token, '/run/secrets/kubernetes.io/serviceaccount/..2026_11_21_09_00_00.1/token')).toBe(
      true,
    );
    expect(pathUnder(token, '/run/secrets/kubernetes.io/serviceaccount/ca.crt')).toBe(false);
  });

  it('ends at whole components, and cannot be climbed out of', () => {
    expect(pathUnder('/etc/key', '/etc/key')).toBe(true);
    expect(pathUnder('/etc/key/', '/etc/key/a')).toBe(true);
    expect(pathUnder('/etc/key', '/etc/keys')).toBe(false);
    expect(pathUnder('/etc/key', '/etc/key/../shadow')).toBe(false);
    expect(pathUnder('/', '/anything')).toBe(true);
  });
});

describe('artifacts', () => {
  const matches = (declared: string, seen: Partial<Parameters<typeof artifactMatches>[1]>) =>
    artifactMatches(parseArtifact(declared)!, { name: '', version: null, purl: null, path: null, ...seen });

  it('compares names as their ecosystem does', () => {
    expect(normalizeName('Typing_Extensions')).toBe('typing-extensions');
    expect(normalizeName('@LangChain/core')).toBe('@langchain/core');
    expect(matches('scikit_learn', { name: 'scikit-learn', version: '1.7.0' })).toBe(true);
    expect(matches('pkg:npm/%40langchain/core@1.2.13', { name: '@langchain/core', version: '1.2.13' })).toBe(
      true,
    );
    expect(matches('pkg:npm/openai', { name: 'openai', purl: 'pkg:pypi/openai@1.0.0' })).toBe(false);
  });

  it('compares versions where both sides have one', () => {
    expect(matches('torch@2.9.0', { name: 'torch', version: '2.9.0+cpu' })).toBe(true);
    expect(matches('torch@2.9.0', { name: 'torch', version: '2.8.0' })).toBe(false);
    expect(matches('torch', { name: 'torch', version: '2.8.0' })).toBe(true);
    expect(matches('@scope/pkg@v1.0.0', { name: '@scope/pkg', version: '1.0.0' })).toBe(true);
  });

  it('finds a model that is declared by name in a file of that name', () => {
    const file = (name: string) => ({ name, path: `/models/${name}` });
    expect(matches('corpus-embed-v1', file('corpus-embed-v1.safetensors'))).toBe(true);
    expect(matches('Corpus_Embed_v1', file('corpus-embed-v1.gguf'))).toBe(true);
    expect(matches('corpus-embed-v1', file('corpus-embed-v2.safetensors'))).toBe(false);
    expect(matches('corpus-embed-v1', file('corpus-embed-v1.py'))).toBe(false);
  });

  it('finds a declared model by path, by directory, and in the Hugging Face cache', () => {
    expect(matches('/models/a.gguf', { name: 'a', path: '/models/a.gguf' })).toBe(true);
    expect(matches('/models/base', { name: 'model', path: '/models/base/model-00001.safetensors' })).toBe(
      true,
    );
    expect(matches('/models/base', { name: 'model', path: '/models/based/model.safetensors' })).toBe(false);
    const cached = '/root/.cache/huggingface/hub/models--Org--Base-7B/snapshots/abc/model.safetensors';
    expect(matches('hf://Org/Base-7B@main', { name: 'model', path: cached })).toBe(true);
    expect(matches('Org/Other', { name: 'model', path: cached })).toBe(false);
  });

  it('takes package URLs apart, and nothing else for one', () => {
    expect(parsePurl('pkg:huggingface/Org/Base@abc?x=1#y')).toEqual({
      type: 'huggingface',
      namespace: 'Org',
      name: 'Base',
      version: 'abc',
    });
    for (const text of ['pkg:npm', 'pkg:npm/', 'npm/x', 'pkg:/x', ''])
      expect([text, parsePurl(text)]).toEqual([text, null]);
    expect(parsePurl('pkg:npm/%ZZ')).toMatchObject({ name: '%ZZ' });
  });
});
