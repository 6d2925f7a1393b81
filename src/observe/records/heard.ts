/** What was said by a process, counted, and what follows from its order. */
import type { Said } from '../meaning/said.ts';
import type { Instance } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import { say } from '../state/say.ts';
import { originOf } from '../state/trees.ts';
import { connect, createFlowState, type FlowState } from '../streams/flows.ts';
import { servedCall } from '../streams/stdio.ts';

const MAX_DEPTH = 16;

/** @param source `sensor:tls` …: by which probes it was heard. */
export function heard(run: Run, instance: Instance, source: string, said: readonly Said[]): void {
  const origin = originOf(run.table, instance);
  if (!origin) return;
  const state = flowState(run, instance, said);
  for (const one of [...said, ...connect(state, said, toolServed(run, instance))])
    say(run, origin, source, one);
}

/** The process, and those that started it, nearest first. */
export function lineage(run: Run, instance: Instance): Instance[] {
  const line: Instance[] = [];
  let at: Instance | undefined = instance;
  while (at && line.length < MAX_DEPTH) {
    line.push(at);
    at = at.parent === null ? undefined : run.table.instances.get(at.parent);
  }
  return line;
}

/**
 * Each process that talks to a model or to tools has an order of its own: agents work beside each other. What it
 * starts to do its work goes on in that order.
 */
function flowState(run: Run, instance: Instance, said: readonly Said[]): FlowState {
  const leads = said.some(({ kind }) => kind === 'llm-call' || kind === 'tool-call');
  const known = (leads ? [instance] : lineage(run, instance)).find((one) => run.flows.has(one));
  const state = (known && run.flows.get(known)) ?? createFlowState();
  if (!known && leads) run.flows.set(instance, state);
  return state;
}

/** Processes start others to do their work: the nearest one up the line that serves a call. */
function toolServed(run: Run, instance: Instance): string | null {
  for (const one of lineage(run, instance)) {
    const tool = servedCall(run.stdio, one);
    if (tool !== null) return tool;
  }
  return null;
}
