/** `--max-cpu`: what observing costs; where that is too much for too long, the dearest part of it is given up. */
import { type ApplicationSignal, SIGNALS } from '../model/kinds.ts';
import type { WireCost, WireOf } from '../model/wire.ts';
import type { Fold } from '../observe/fold.ts';
import type { Sensor } from '../sources/sensor/sensor.ts';

/** A trap into the kernel and back, µs: the processor's part of a uprobe, which no statistics count. 1 to 4 were measured. */
const TRAP_US = 2;
/** One expensive interval may be a start-up, or still hold what was given up in it. */
const PATIENCE = 2;
/** Shorter ones, as at the end or under a live view, say nothing of what goes on for long: they count with the next. */
const SHORTEST_US = 5_000_000;

/** Dearest first, by what a message of each costs: a trap, then copies and decoding of whole bodies, then of small ones. */
const SHEDDING = ['tls', 'plaintext', 'stdio', 'dns'] as const satisfies ApplicationSignal[];
const LOST = {
  tls: 'what passes under TLS',
  plaintext: 'what passes in the clear over sockets',
  stdio: 'what passes between parents and children over pipes',
  dns: 'answers of name servers',
} as const satisfies Record<ApplicationSignal, string>;

export type CpuBudget = { checkpoint(record: WireOf<'checkpoint'>): void };

type Reading = { at: number; us: number };

/** @param percent of one core; null: no limit. @param tell what was given up, each family once. */
export function createCpuBudget(
  percent: number | null,
  sensor: Pick<Sensor, 'command'>,
  fold: Pick<Fold, 'shed'>,
  tell: (text: string) => void,
): CpuBudget {
  let before: Reading | null = null;
  let over = 0;
  return {
    checkpoint({ clock, cost }) {
      if (percent === null || !cost) return;
      const now = { at: clock.boot_us, us: spentUs(cost) + ownUs() };
      before ??= now;
      const passed = now.at - before.at;
      if (passed < SHORTEST_US) return;
      const share = (100 * (now.us - before.us)) / passed;
      before = now;
      over = share > percent ? over + 1 : 0;
      if (over < PATIENCE) return;
      over = 0;
      const why = `--max-cpu ${percent}: observing took ${share.toFixed(1)} % of a core`;
      const signal = shedDearest(sensor, fold, why, now.at);
      if (signal) tell(`${why}; ${LOST[signal]} is no longer heard`);
    },
  };
}

/** @returns what was given up; null: nothing is left that could be. */
function shedDearest(
  sensor: Pick<Sensor, 'command'>,
  fold: Pick<Fold, 'shed'>,
  why: string,
  at: number,
): ApplicationSignal | null {
  for (const signal of SHEDDING) {
    const images = fold.shed(signal, why, at);
    if (images === null) continue;
    for (const image of images) sensor.command('image-detach', image);
    sensor.command('family-detach', { max: SIGNALS.indexOf(signal) });
    return signal;
  }
  return null;
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
