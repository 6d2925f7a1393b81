import { describe, expect, it } from 'vitest';
import { NPM_FRAMEWORKS, PYTHON_FRAMEWORKS } from '../../src/catalog/frameworks.ts';
import { INFERENCE_SERVERS } from '../../src/catalog/inference-servers.ts';
import { ADAPTER_FILES, MODEL_FORMATS } from '../../src/catalog/model-formats.ts';
import { syscallName } from '../../src/observe/meaning/targets.ts';

describe('frameworks', () => {
  it('name distributions as PEP 503 normalises them', () => {
    for (const { distributions } of Object.values(PYTHON_FRAMEWORKS))
      for (const name of distributions) expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
  });

  it('are dotted import names and npm package names', () => {
    for (const name of Object.keys(PYTHON_FRAMEWORKS)) expect(name).toMatch(/^[A-Za-z_]\w*(?:\.\w+)*$/);
    for (const name of Object.keys(NPM_FRAMEWORKS)) expect(name).toMatch(/^(?:@[a-z0-9-]+\/)?[a-z0-9.-]+$/);
  });

  it('take common words only with proof', () => {
    for (const name of ['agents', 'swarm', 'mcp', 'workflows', 'interpreter', 'guardrails'])
      expect(PYTHON_FRAMEWORKS[name]).toMatchObject({ generic: true });
    expect(PYTHON_FRAMEWORKS.boto3).toBeUndefined();
  });
});

describe('model formats', () => {
  it('have lower-case extensions, and names wherever the extension alone proves nothing', () => {
    for (const { extensions, trust, names } of MODEL_FORMATS) {
      for (const extension of extensions) expect(extension).toMatch(/^\.[a-z0-9_]+$/);
      expect(names !== undefined && names.length > 0).toBe(trust === 'named');
    }
  });

  it('have magic bytes in whole bytes', () => {
    for (const { magic } of MODEL_FORMATS) if (magic) expect(magic.hex).toMatch(/^(?:[0-9a-f]{2})+$/);
    expect(new Set(ADAPTER_FILES.map(({ name }) => name)).size).toBe(ADAPTER_FILES.length);
  });
});

describe('inference servers', () => {
  it('can be recognised by something', () => {
    for (const { commands = [], modules = [] } of INFERENCE_SERVERS)
      expect(commands.length + modules.length).toBeGreaterThan(0);
  });
});

describe('system calls', () => {
  it.each([
    ['x86_64', 0, 'read'],
    ['x86_64', 59, 'execve'],
    ['x86_64', 257, 'openat'],
    ['x86_64', 262, 'newfstatat'],
    ['x86_64', 334, 'rseq'],
    ['x86_64', 435, 'clone3'],
    ['x86_64', 462, 'mseal'],
    ['aarch64', 56, 'openat'],
    ['aarch64', 79, 'newfstatat'],
    ['arm64', 221, 'execve'],
    ['aarch64', 222, 'mmap'],
    ['aarch64', 435, 'clone3'],
    ['x86_64', 999, 'syscall_999'],
    ['aarch64', 244, 'syscall_244'],
    ['riscv64', 1, 'syscall_1'],
  ])('%s %i is %s', (arch, nr, name) => {
    expect(syscallName(arch, nr)).toBe(name);
  });
});
