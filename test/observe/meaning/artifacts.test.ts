import { describe, expect, it } from 'vitest';
import { INFERENCE_SERVERS } from '../../../src/catalog/inference-servers.ts';
import { indexFile } from '../../../src/observe/meaning/index-files.ts';
import { answerInventory, createInventory } from '../../../src/observe/meaning/inventory.ts';
import { modelFile } from '../../../src/observe/meaning/models.ts';
import { nameArtifact } from '../../../src/observe/meaning/naming.ts';
import { nodePackage, pythonPackage } from '../../../src/observe/meaning/packages.ts';
import { inferenceServer, loaderOf } from '../../../src/observe/meaning/programs.ts';
import { classifyProcess } from '../../../src/observe/workload/process-class.ts';

const SITE = '/usr/lib/python3/dist-packages';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('nodePackage', () => {
  it.each([
    ['/app/node_modules/express/lib/router.js', 'express', null],
    ['/app/node_modules/@scope/pkg/dist/x.mjs', '@scope/pkg', null],
    ['/app/node_modules/a/node_modules/b/index.cjs', 'b', null],
    ['/app/node_modules/.pnpm/openai@4.1.2_zod@3/node_modules/openai/index.js', 'openai', '4.1.2'],
    ['/app/node_modules/.pnpm/@ai-sdk+mcp@1.0.0/node_modules/@ai-sdk/mcp/a.js', '@ai-sdk/mcp', '1.0.0'],
    ['/app/node_modules/sharp/build/sharp.node', 'sharp', null],
  ])('%s', (path, name, version) => {
    expect(nodePackage(path, 'imported')).toMatchObject({ name, version });
  });

  it.each([
    '/app/node_modules/express/package.json',
    '/app/node_modules/express',
    '/app/node_modules/loose.js',
    '/app/node_modules/.bin/tsc.js',
    '/app/node_modules/@scope/loose.js',
    '/app/src/index.js',
  ])('is nothing: %s', (path) => {
    expect(nodePackage(path, 'imported')).toBeNull();
  });
});

describe('pythonPackage', () => {
  it.each([
    [`${SITE}/yaml/__init__.py`, ['yaml']],
    [`${SITE}/yaml/__pycache__/loader.cpython-311.pyc`, ['yaml', 'loader']],
    [`${SITE}/__pycache__/six.cpython-311.pyc`, ['six']],
    [`${SITE}/six.py`, ['six']],
    [`${SITE}/_cffi_backend.cpython-311-x86_64-linux-gnu.so`, ['_cffi_backend']],
    [`${SITE}/numpy.libs/libopenblas64.so`, ['numpy', 'libopenblas64']],
    ['/v/lib/python3.12/site-packages/google/adk/agents/llm.py', ['google', 'adk', 'agents']],
  ])('%s', (path, module) => {
    expect(pythonPackage(path, 'imported')?.module).toEqual(module);
  });

  it.each([
    `${SITE}/PyYAML-6.0.dist-info/METADATA`,
    `${SITE}/distutils-precedence.pth`,
    '/usr/lib/python3.11/json/decoder.py',
    `${SITE}/9bad/x.py`,
  ])('is nothing: %s', (path) => {
    expect(pythonPackage(path, 'imported')).toBeNull();
  });
});

describe('indexFile', () => {
  it.each([
    ['/data/chroma/chroma.sqlite3', 'chroma/file:/data/chroma'],
    ['/data/db/notes.lance/data/0a1b.lance', 'lancedb/file:/data/db/notes.lance'],
    ['/data/db/notes.lance/_versions/1.manifest', 'lancedb/file:/data/db/notes.lance'],
    ['/data/q/collection/handbook/storage.sqlite', 'qdrant/file:/data/q/collection/handbook'],
    ['/data/index.faiss', 'faiss/file:/data/index.faiss'],
    ['/data/words.ann', 'annoy/file:/data/words.ann'],
    [
      '/d/demo.db/collections/docs/partitions/_default/indexes/data_000001_000001.v.hnsw.idx',
      'milvus-lite/file:/d/demo.db/collections/docs',
    ],
    ['/data/words.usearch', 'usearch/file:/data/words.usearch'],
    ['/data/store/default__vector_store.json', 'llamaindex/file:/data/store'],
  ])('%s', (path, subject) => {
    expect(indexFile(path)).toBe(subject);
  });

  it.each([
    '/data/chroma.sqlite3-journal',
    '/data/notes.lance',
    '/data/storage.sqlite',
    '/usr/lib/python3/dist-packages/faiss/swigfaiss.py',
    '/data/docstore.json',
  ])('is nothing: %s', (path) => {
    expect(indexFile(path)).toBeNull();
  });
});

describe('modelFile', () => {
  it.each([
    ['/models/a.safetensors', 'model', 'safetensors'],
    ['/models/a.Q4_K_M.gguf', 'model', 'gguf'],
    ['/m/pytorch_model-00001-of-00002.bin', 'model', 'pytorch'],
    ['/m/consolidated.00.pth', 'model', 'pytorch'],
    ['/m/net.onnx', 'model', 'onnx'],
    ['/m/saved_model.pb', 'model', 'tensorflow-savedmodel'],
    ['/m/lora/adapter_model.safetensors', 'adapter', 'safetensors'],
    ['/m/lora/adapter_config.json', 'adapter', 'peft'],
  ])('%s', (path, kind, format) => {
    expect(modelFile(path, 'opened')).toMatchObject({ kind, format });
  });

  it.each([
    '/usr/share/locale/de/messages.bin',
    '/var/lib/firmware.bin',
    `${SITE}/model_paths.pth`,
    '/a/schema.pb',
    '/a/safetensors',
    '/a/notes.safetensors.md',
    '/usr/lib/libtorch.so',
  ])('is no model: %s', (path) => {
    expect(modelFile(path, 'mapped')).toBeNull();
  });

  it('takes a blob of a digest store for a model only when it is mapped', () => {
    const hex = 'c'.repeat(64);
    const ollama = `/root/.ollama/models/blobs/sha256-${hex}`;
    const hub = `/root/.cache/huggingface/hub/models--org--name/blobs/${hex}`;
    for (const path of [ollama, hub]) {
      expect(modelFile(path, 'opened')).toBeNull();
      expect(modelFile(path, 'mapped')).toMatchObject({ sha256: hex });
    }
  });
});

describe('nameArtifact', () => {
  const revision = '0123456789abcdef0123456789abcdef01234567';
  const hub = `/c/hub/models--Meta--Llama--1B/snapshots/${revision}/model.safetensors`;

  it('names a hub model by repository and revision, also by its blob once the revision is known', () => {
    const inventory = createInventory();
    const [opened] = nameArtifact(modelFile(hub, 'opened')!, inventory);
    expect(opened).toMatchObject({
      subject: `Meta/Llama--1B@${revision}`,
      name: 'Meta/Llama--1B',
      version: revision,
      purl: `pkg:huggingface/meta/llama--1b@${revision}`,
    });
    const blob = modelFile(`/c/hub/models--Meta--Llama--1B/blobs/${'d'.repeat(64)}`, 'mapped')!;
    expect(nameArtifact(blob, inventory)[0]!.subject).toBe('Meta/Llama--1B');
    inventory.revisions.set('Meta/Llama--1B', new Set([revision]));
    expect(nameArtifact(blob, inventory)[0]!.subject).toBe(opened!.subject);
    inventory.revisions.get('Meta/Llama--1B')!.add('main');
    expect(nameArtifact(blob, inventory)[0]!.subject).toBe('Meta/Llama--1B');
  });

  function named(module: string, listing: string[]): string[] {
    const inventory = createInventory();
    answerInventory(inventory, { op: 'list', path: SITE }, bytes(listing.join('\0')), () => {});
    const use = pythonPackage(`${SITE}/${module.replaceAll('.', '/')}/__init__.py`, 'imported')!;
    return nameArtifact(use, inventory).map(({ kind, subject, purl }) => `${kind} ${subject} ${purl}`);
  }

  it('names a Python package by the distribution that is installed', () => {
    expect(named('yaml', ['PyYAML-6.0.egg-info'])).toEqual(['library pkg:pypi/pyyaml pkg:pypi/pyyaml@6.0']);
    expect(named('langchain_core', ['langchain_core-0.3.1.dist-info'])).toEqual([
      'library pkg:pypi/langchain-core pkg:pypi/langchain-core@0.3.1',
      'framework pkg:pypi/langchain-core pkg:pypi/langchain-core@0.3.1',
    ]);
    expect(named('google.adk', ['google_adk-1.0.dist-info', 'protobuf-5.0.dist-info'])[1]).toBe(
      'framework pkg:pypi/google-adk pkg:pypi/google-adk@1.0',
    );
    expect(named('google.protobuf', ['protobuf-5.0.dist-info'])).toEqual([
      'library pkg:pypi/protobuf pkg:pypi/protobuf@5.0',
    ]);
    expect(named('homemade', [])).toEqual(['library pkg:pypi/homemade null']);
  });

  it('takes a common word for a framework only where its distribution is installed', () => {
    expect(named('agents', ['openai_agents-0.2.0.dist-info'])[1]).toBe(
      'framework pkg:pypi/openai-agents pkg:pypi/openai-agents@0.2.0',
    );
    expect(named('agents', ['mycompany-1.0.dist-info'])).toEqual(['library pkg:pypi/agents null']);
    expect(named('constructor', [])).toEqual(['library pkg:pypi/constructor null']);
  });
});

describe('answerInventory', () => {
  it('reads versions from the hidden lock file, and asks one by one where there is none', () => {
    const inventory = createInventory();
    const asked: string[] = [];
    const lock = {
      packages: { 'node_modules/@a/b': { version: '1.2.3' }, 'node_modules/c': {}, '': { version: '0' } },
    };
    const want = { op: 'read', path: '/app/node_modules/.package-lock.json' } as const;
    answerInventory(inventory, want, bytes(JSON.stringify(lock)), (_op, path) => asked.push(path));
    expect(inventory.npmRoots.get('/app/node_modules')).toEqual(['pkg:npm/%40a/b@1.2.3']);
    expect(inventory.npm.get('/app/node_modules/@a/b')).toBe('1.2.3');
    inventory.npmUsed.add('/app/node_modules/c');
    for (const broken of [null, bytes('{'), bytes('[1]'), bytes('{"packages":7}')])
      answerInventory(inventory, want, broken, (_op, path) => asked.push(path));
    expect(new Set(asked)).toEqual(new Set(['/app/node_modules/c/package.json']));
  });

  it('survives hostile content', () => {
    const inventory = createInventory();
    const text = '{"packages":{"__proto__":{"version":"1"},"node_modules/__proto__":{"version":"6.6"}}}';
    answerInventory(
      inventory,
      { op: 'read', path: '/n/node_modules/.package-lock.json' },
      bytes(text),
      () => {},
    );
    expect(inventory.npmRoots.get('/n/node_modules')).toEqual(['pkg:npm/__proto__@6.6']);
    answerInventory(
      inventory,
      { op: 'read', path: '/n/node_modules/x/package.json' },
      bytes('{"version":{}}'),
      () => {},
    );
    expect(inventory.npm.has('/n/node_modules/x')).toBe(false);
  });
});

describe('programs', () => {
  const server = (line: string, exe: string): string | undefined => {
    const argv = line.split(' ');
    return inferenceServer(classifyProcess(exe, argv), argv)?.name;
  };

  it.each([
    ['python3 /usr/local/bin/vllm serve m', '/usr/bin/python3.11', 'vllm'],
    ['python3 -m vllm.entrypoints.openai.api_server', '/usr/bin/python3.11', 'vllm'],
    ['python3 -m sglang.launch_server --model-path m', '/usr/bin/python3', 'sglang'],
    ['llama-server -m x.gguf', '/usr/bin/llama-server', 'llama.cpp'],
    ['ollama serve', '/usr/bin/ollama', 'ollama'],
    ['tritonserver --model-store=/m', '/opt/tritonserver/bin/tritonserver', 'triton'],
  ])('%s', (line, exe, name) => {
    expect(server(line, exe)).toBe(name);
  });

  it.each([
    ['python3 /usr/local/bin/vllm --help', '/usr/bin/python3.11'],
    ['python3 -m pip install vllm', '/usr/bin/python3.11'],
    ['grep vllm serve', '/usr/bin/grep'],
    ['node my-ollama.js', '/usr/bin/node'],
  ])('is no server: %s', (line, exe) => {
    expect(server(line, exe)).toBeUndefined();
  });

  it('knows who only copies', () => {
    expect(loaderOf(classifyProcess('/usr/bin/python3.11', ['python3', '-m', 'pip', 'list']))).toBe('copier');
    expect(loaderOf(classifyProcess('/usr/bin/python3.11', ['x', '/usr/bin/huggingface-cli']))).toBe(
      'copier',
    );
    expect(loaderOf(classifyProcess('/usr/bin/tar', ['tar']))).toBe('copier');
    expect(loaderOf(classifyProcess('/usr/bin/python3.11', ['python3', 'a.py']))).toBe('python');
    expect(loaderOf(null)).toBe('unknown');
  });

  it('names every server once', () => {
    const names = INFERENCE_SERVERS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
