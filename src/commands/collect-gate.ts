import type { WireOf, WireRecord } from '../model/wire.ts';

/**
 * The sensor names every cgroup of the machine, so that idle containers count as covered. Under a filter only those
 * count in which something was captured: a name is held back until the first record from inside it.
 */
export function onlyCaptured(push: (record: WireRecord) => void): (record: WireRecord) => void {
  const held = new Map<string, WireOf<'cgroup'>>();
  return (record) => {
    if (record.t === 'cgroup') {
      held.set(record.id, record);
      return;
    }
    if (record.t === 'cgroup-gone' && held.delete(record.id)) return;
    const name = 'cg' in record ? held.get(record.cg) : undefined;
    if (name) {
      held.delete(name.id);
      push(name);
    }
    push(record);
  };
}
