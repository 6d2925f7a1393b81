import { setFlagsFromString } from 'node:v8';

/**
 * While segments are read nearly all of the heap is garbage, and V8 may let it double before it looks. What is made
 * of them mostly stays: then a double of it is memory for nothing, and is collected at this much more, in percent.
 */
const GROWTH = 15;

export function keepHeapTight(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}

/**
 * For what runs beside the agent for weeks, at rates that leave the processor time to collect garbage: a small young
 * generation, and an old one that is collected early and given back to the system.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--memory-saver-mode');
  // Else what is new goes to the old generation for as long as that one is marked: 10 MiB each time, at a checkpoint.
  setFlagsFromString('--no-separate-gc-phases');
}
