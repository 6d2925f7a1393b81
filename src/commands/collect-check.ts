/** `collect --check` and `collect --systemd-unit`: they collect nothing. */

import { fileURLToPath } from 'node:url';
import { EXIT, type ExitCode } from '../errors.ts';
import { SIGNALS } from '../model/kinds.ts';
import { CORE_FAMILIES, checkReport, missingFamilies } from '../render/collect-check.ts';
import { systemdUnit } from '../render/systemd-unit.ts';
import { startSensor } from '../sources/sensor/spawn.ts';
import type { CollectIo } from './collect-io.ts';
import type { CollectOptions, CollectPlan } from './collect-options.ts';

/** Attaches everything for a moment. Exit code 0 when the core families attach. */
export async function check(options: CollectOptions, plan: CollectPlan, io: CollectIo): Promise<ExitCode> {
  const asked = options.without.length > 0 ? plan.families : SIGNALS;
  const sensor = await startSensor({ check: true, families: asked, env: io.env });
  for await (const _ of sensor.records);
  await io.stdout(checkReport(sensor.header, asked));
  const missing = missingFamilies(sensor.header, asked);
  return CORE_FAMILIES.some((name) => missing.includes(name)) ? EXIT.failed : EXIT.ok;
}

/** Beside src/, or beside dist/. */
const ROOT = import.meta.url.endsWith('/src/commands/collect-check.ts') ? '../..' : '..';
const SHIM = fileURLToPath(new URL(`${ROOT}/bin/ai-spm.js`, import.meta.url));
const STATE_DIRECTORY = 'ai-spm';

/** A unit that runs this very program with the flags given beside --systemd-unit. */
export async function printUnit(options: CollectOptions, io: CollectIo): Promise<ExitCode> {
  const output = options.output ?? `/var/lib/${STATE_DIRECTORY}`;
  const command = [
    process.execPath,
    SHIM,
    'collect',
    ...['--every', options.every ?? '1h', '--output', output],
    ...(options.keep === undefined
      ? ['--keep-for', options.keepFor ?? '14d']
      : ['--keep', String(options.keep)]),
    ...options.namespace.flatMap((name) => ['--namespace', name]),
    ...(options.selector === undefined ? [] : ['--selector', options.selector]),
    ...options.cgroup.flatMap((path) => ['--cgroup', path]),
    ...options.workload.flatMap((text) => ['--workload', text]),
    ...options.pods.flatMap((path) => ['--pods', path]),
    ...options.with.flatMap((family) => ['--with', family]),
    ...options.without.flatMap((family) => ['--without', family]),
    ...(options.kubeconfig === undefined ? [] : ['--kubeconfig', options.kubeconfig]),
    ...(options.context === undefined ? [] : ['--context', options.context]),
    ...(options.fingerprintKey === undefined ? [] : ['--fingerprint-key', options.fingerprintKey]),
    ...(options.live ? [] : ['--no-live']),
  ];
  await io.stdout(systemdUnit({ command, stateDirectory: STATE_DIRECTORY, output }));
  return EXIT.ok;
}
