/** Lines as the sensor writes them, of one process with many sockets. */
import { SIGNALS } from '../../src/model/kinds.ts';
import { WIRE_VERSION } from '../../src/model/wire.ts';

export const START_US = 1_000_000_000;
const WHO = { cg: '20', pid: 500, start: '900000000000' };

const line = (record: object) => `${JSON.stringify(record)}\n`;

export function header(): string {
  const families = SIGNALS.map((family) => ({ family, attached_us: 1, programs: [] }));
  const node = {
    boot_id: 'b',
    machine_id: 'm',
    node: 'n',
    kernel: '6.1',
    arch: 'x86_64',
    cpus: 2,
    cgroup: 'v2',
  };
  const clock = { boot_us: START_US, wall_us: START_US };
  const run = 'ab'.repeat(16);
  return (
    line({ t: 'header', v: WIRE_VERSION, sensor: 'bench', run, ...node, now: false, clock, families }) +
    line({ t: 'cgroup', id: WHO.cg, path: '/system.slice/agent.service', at: START_US }) +
    line({
      t: 'process',
      ...WHO,
      at: START_US,
      ev: 'exec',
      ppid: 1,
      pstart: '1',
      exe: '/usr/bin/agent',
      argv: [],
    })
  );
}

let checkpoints = 0;

export function checkpoint(at: number): string {
  checkpoints++;
  return line({ t: 'checkpoint', seq: checkpoints, clock: { boot_us: at, wall_us: at } });
}

export function stream(id: number, at: number): string {
  return line({
    t: 'stream',
    ...WHO,
    at,
    stream: id.toString(16),
    via: 'socket',
    role: 'client',
    proto: 'tcp',
    daddr: '10.0.0.9',
    dport: 80,
  });
}

export function payload(id: number, dir: 'in' | 'out', off: number, bytes: Uint8Array, at: number): string {
  const data = Buffer.from(bytes).toString('base64');
  return line({ t: 'payload', ...WHO, at, stream: id.toString(16), dir, off, len: bytes.length, data });
}
