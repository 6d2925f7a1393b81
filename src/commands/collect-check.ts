/** `collect --check` and `collect --systemd-unit`: they collect nothing. */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, type ExitCode, UserError } from '../errors.ts';
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

/**
 * A unit that runs this very program with the flags given beside --systemd-unit; a service starts in `/`, so paths are
 * absolute in it.
 *
 * @throws UserError naming a flag that a service cannot have
 */
export async function printUnit(options: CollectOptions, io: CollectIo): Promise<ExitCode> {
  refuseWithUnit(options);
  const output = resolve(options.output ?? `/var/lib/${STATE_DIRECTORY}`);
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const one = (flag: string, value: string | number | undefined) =>
    each(flag, value === undefined ? [] : [`${value}`]);
  const path = (value: string | undefined) => (value === undefined ? undefined : resolve(value));
  const keepFor = options.keepFor ?? (options.keep === undefined ? '14d' : undefined);
  const command = [
    ...[process.execPath, SHIM, 'collect', '--every', options.every ?? '1h', '--output', output],
    ...one('--keep', options.keep),
    ...one('--keep-for', keepFor),
    ...each('--namespace', options.namespace),
    ...one('--selector', options.selector),
    ...each('--cgroup', options.cgroup),
    ...each('--workload', options.workload),
    ...each(
      '--pods',
      options.pods.map((file) => resolve(file)),
    ),
    ...each('--with', options.with),
    ...each('--without', options.without),
    ...one('--max-cpu', options.maxCpu),
    ...one('--kubeconfig', path(options.kubeconfig)),
    ...one('--context', options.context),
    ...one('--fingerprint-key', path(options.fingerprintKey)),
    ...(options.live ? [] : ['--no-live']),
  ];
  await io.stdout(systemdUnit({ command, stateDirectory: STATE_DIRECTORY, output }));
  return EXIT.ok;
}

function refuseWithUnit({ now, check, for: window, pid, replay }: CollectOptions): void {
  const flags: [string, boolean][] = [
    ['--now', now],
    ['--check', check],
    ['--for', window !== undefined],
    ['--pid', pid.length > 0],
    ['--replay', replay !== undefined],
  ];
  for (const [flag, given] of flags)
    if (given)
      throw new UserError(`--systemd-unit and ${flag} do not go together`, {
        hint: 'a unit runs collect --every for good; give it --every, --keep-for, -o and the filters',
      });
}
