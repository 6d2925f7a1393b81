/** Which of a family's programs the family's silence rests on, and which of those are not there. */
import type { WireFamily } from '../../model/wire.ts';

type Program = WireFamily['programs'][number];

/** What these add is no use of anything: an interpreter's own mapping, bytes received. */
const ADDITIONAL: ReadonlySet<string> = new Set(['mapping_interpreter', 'network_received']);
/** Where the kernel lacks the hook itself, nothing passes it (io_uring), or another program covers it (compat.h). */
const COVERED_WITHOUT_HOOK: ReadonlySet<string> = new Set([
  'file_uring',
  'file_uring__alt',
  'stdio_uring',
  'stdio_uring__alt',
  'network_sent',
]);
const ESRCH = 3;

function noSuchHook({ name, stage, errno }: Program): boolean {
  return COVERED_WITHOUT_HOOK.has(name) && stage === 'load' && errno === ESRCH;
}

/** Not attached, and no alternative of it either. A hook skipped for a better one is no loss. */
export function missingPrograms({ programs }: WireFamily): Program[] {
  const attached = new Set(programs.filter((one) => one.attached).map(({ name }) => name));
  return programs.filter(
    ({ name, stage }) => !attached.has(name) && !attached.has(`${name}__alt`) && stage !== 'skipped',
  );
}

/**
 * A family that lost a program it cannot do without says nothing by its silence: with the connects unseen, an address
 * that only a datagram went to looks like the only one. What it did see still counts.
 */
export function coversAll(family: WireFamily): boolean {
  return missingPrograms(family).every((one) => ADDITIONAL.has(one.name) || noSuchHook(one));
}
