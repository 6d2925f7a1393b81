/** Time to attach all families, to answer --help, and to take a snapshot of this moment. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SENSOR } from '../bpf/sensor-process.ts';
import { type Figure, figure } from './figures.ts';

const BIN = fileURLToPath(new URL('../../bin/ai-spm.js', import.meta.url));

export function benchStartup(rounds: number): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-startup-'));
  const times = (command: string, args: readonly string[]) =>
    Array.from({ length: rounds }, () => {
      const started = performance.now();
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', input: '' });
      if (status !== 0) throw new Error(`${command} ${args.join(' ')} exited ${status}: ${stderr}`);
      return performance.now() - started;
    });
  try {
    return [
      figure('ai-spm --help', 'ms', times(process.execPath, [BIN, '--help']), 150),
      figure('all families attached and detached', 'ms', times(SENSOR, ['--check']), 2000),
      figure(
        'collect --now',
        'ms',
        times(process.execPath, [BIN, 'collect', '--now', '--no-live', '-o', join(folder, 'now.jsonl.zst')]),
        3000,
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
