/** `--max-cpu`: what observing costs; where that is too much for too long, the dearest part of it is given up. */
import type { WireCost, WireOf } from '../model/wire.ts';
import type { Fold } from '../observe/fold.ts';
import type { Sensor } from '../sources/sensor/sensor.ts';

/** A trap into the kernel and back, µs: the processor's part of a uprobe, which no statistics count. 1 to 4 were measured. */
const TRAP_US = 2;
/** One expensive interval may be a start-up. */
const PATIENCE = 2;
/** Shorter ones, as at the end or under a live view, say nothing of what goes on for long: they count with the next. */
const SHORTEST_US = 5_000_000;

export type CpuBudget = { checkpoint(record: WireOf<'checkpoint'>): void };

type Reading = { at: number; us: number };

/** @param percent of one core; null: no limit. @param tell what was given up, once. */
export function createCpuBudget(
  percent: number | null,
  sensor: Pick<Sensor, 'command'>,
  fold: Pick<Fold, 'shedTls'>,
  tell: (text: string) => void,
): CpuBudget {
  let before: Reading | null = null;
  let over = 0;
  let shed = false;
  return {
    checkpoint({ clock, cost }) {
      if (percent === null || shed || !cost) return;
      const now = { at: clock.boot_us, us: spentUs(cost) + ownUs() };
      before ??= now;
      const passed = now.at - before.at;
      if (passed < SHORTEST_US) return;
      const share = (100 * (now.us - before.us)) / passed;
      before = now;
      over = share > percent ? over + 1 : 0;
      if (over < PATIENCE) return;
      shed = true;
      const why = `--max-cpu ${percent}: observing took ${share.toFixed(1)} % of a core`;
      for (const { pid, start, path } of fold.shedTls(why, now.at))
        sensor.command('image-detach', { pid, start, path });
      tell(`${why}; what passes under TLS is no longer heard`);
    },
  };
}

function ownUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function spentUs({ cpu_us, bpf }: WireCost): number {
  const programs = bpf.map(({ program, run_ns, run_cnt }) => {
    const traps = program.startsWith('tls_') ? run_cnt * TRAP_US : 0;
    return run_ns / 1000 + traps;
  });
  return programs.reduce((sum, us) => sum + us, cpu_us);
}
