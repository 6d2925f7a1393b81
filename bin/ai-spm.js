#!/usr/bin/env node
// A shim: a checkout runs its sources, an installed package (which has no src/) runs dist/.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const source = new URL('../src/cli.ts', import.meta.url);
const program = existsSync(source) ? source : new URL('../dist/cli.js', import.meta.url);
// zstd came with Node 22.15; sources need a Node that strips types.
const [major, minor] = process.versions.node.split('.').map(Number);
const runs = program === source ? process.features.typescript : major > 22 || (major === 22 && minor >= 15);
if (runs) {
  // A third of the start-up time and 30 MiB of `collect`. Never the default place in /tmp: it may run as root.
  module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/ai-spm', import.meta.url)));
  // Read once, before the first file is: each thread costs memory of its own, and `collect` writes one file at a time.
  if (process.argv[2] === 'collect') process.env.UV_THREADPOOL_SIZE ??= '1';
  const { main } = await import(program.href);
  await main();
} else {
  const [needed, hint] =
    program === source
      ? ['22.18', 'npm install puts one here: type npx ai-spm …']
      : ['22.15', `this is ${process.execPath}`];
  process.stderr.write(
    `ai-spm: Node ${process.versions.node} is too old: ${needed} or later is needed\n  hint: ${hint}\n`,
  );
  process.exitCode = 4;
}
