import { describe, expect, it } from 'vitest';
import { nextCalls, requestSchema } from '../../fixtures/agent/peers/llm-planner.ts';
import {
  arrivals,
  defaultsOf,
  type PlanOptions,
  promptOf,
  RARE_TEMPLATE,
  type SessionPlan,
  sessionAt,
  TEMPLATES,
} from '../../fixtures/agent/plan.ts';

const BASE: PlanOptions = { seed: 7, rate: 1, modelUpdateAt: null, catalogChangeAt: null, shiftAt: null };

function sessions(count: number, options: Partial<PlanOptions> = {}): SessionPlan[] {
  return Array.from({ length: count }, (_, index) => sessionAt({ ...BASE, ...options }, index));
}

function gaps(count: number, options: PlanOptions): number[] {
  const times = arrivals(options).take(count).toArray();
  return times.slice(1).map((time, i) => time - times[i]!);
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((one) => (one - middle) ** 2));
}

/** Share of the steps of one kind for which `test` holds. */
function share(
  plans: readonly SessionPlan[],
  tool: string,
  test: (step: SessionPlan['steps'][number]) => boolean,
) {
  const steps = plans.flatMap((plan) => plan.steps).filter((step) => step.tool === tool);
  return steps.filter(test).length / steps.length;
}

describe('the plan of the sample agent', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(sessions(50)).toEqual(sessions(50));
    expect(sessions(50)).not.toEqual(sessions(50, { seed: 8 }));
    expect(gaps(50, BASE)).toEqual(gaps(50, BASE));
  });

  it('gives a worker what the supervisor meant: a session does not depend on those before it', () => {
    expect(sessionAt(BASE, 33)).toEqual(sessions(40)[33]);
  });

  it('leaves sessions before an event as they were', () => {
    const mixed = { modelUpdateAt: 10, catalogChangeAt: 12, shiftAt: 20 };
    expect(sessions(30, mixed).slice(0, 10)).toEqual(sessions(10));
    expect(sessions(30, mixed)[10]!.embedModel).toBe('corpus-embed-v2-exp');
    expect(sessions(30, mixed).findIndex((one) => one.shifted)).toBe(20);
  });

  it('has a heavy tail: the first templates make up most of the work, few sessions are long', () => {
    const plans = sessions(3000);
    const count = (name: string): number => plans.filter((plan) => plan.template === name).length;
    const counts = TEMPLATES.map(({ name }) => count(name));
    expect(counts[0]! + counts[1]!).toBeGreaterThan(0.4 * plans.length);
    expect(counts[0]! / counts[9]!).toBeGreaterThan(6);
    const lengths = plans.map((plan) => plan.steps.length).toSorted((a, b) => a - b);
    expect(lengths.at(-1)! / lengths[lengths.length / 2]!).toBeGreaterThan(4);
  });

  it('has a path that about one session in a hundred takes', () => {
    const rare = sessions(5000).filter((plan) => plan.template === RARE_TEMPLATE.name).length;
    expect(rare).toBeGreaterThan(25);
    expect(rare).toBeLessThan(90);
  });

  it('arrives in bursts at the stated mean rate: gaps vary far more than those of a Poisson process', () => {
    const seen = gaps(20_000, { ...BASE, rate: 2 });
    expect(mean(seen)).toBeGreaterThan(0.45);
    expect(mean(seen)).toBeLessThan(0.55);
    expect(variance(seen) / mean(seen) ** 2).toBeGreaterThan(3);
  });

  it('shifts the mix of destinations and of helper programs, and only then', () => {
    const [before, after] = [sessions(2000), sessions(2000, { shiftAt: 0 })];
    const partner = (plans: SessionPlan[]): number =>
      share(plans, 'fetch_page', (step) => 'host' in step && step.host.endsWith('partner.example'));
    const packing = (plans: SessionPlan[]): number =>
      share(plans, 'run_report', (step) => 'report' in step && /archive|digest/.test(step.report));
    expect(partner(before)).toBeLessThan(0.05);
    expect(partner(after)).toBeGreaterThan(0.4);
    expect(packing(before)).toBeLessThan(0.1);
    expect(packing(after)).toBeGreaterThan(0.5);
  });

  it('uses the tool that came later only once it is offered', () => {
    const exports = (at: number | null): number[] =>
      sessions(400, { shiftAt: 0, catalogChangeAt: at })
        .filter((plan) => plan.steps.some((step) => step.tool === 'export_dataset'))
        .map((plan) => plan.index);
    expect(exports(null)).toEqual([]);
    expect(Math.min(...exports(200))).toBeGreaterThanOrEqual(200);
  });

  it('has no shift in the baseline', () => {
    expect(defaultsOf('baseline').shiftAt).toBeNull();
    expect(defaultsOf('shifted').shiftAt).toBe(0);
  });
});

describe('the served model', () => {
  const plan = sessions(20).find(({ steps }) => steps.length > 3)!;
  const request = (done: number, tools: readonly string[]) =>
    requestSchema.parse({
      model: 'm',
      messages: [
        { role: 'user', content: promptOf(plan) },
        ...Array(done).fill({ role: 'tool', content: 'x' }),
      ],
      tools: tools.map((name) => ({ function: { name } })),
    });

  it('asks for every step of the prompt once, in order, with its arguments', () => {
    const offered = [...new Set(plan.steps.map(({ tool }) => tool))];
    const asked: unknown[] = [];
    for (;;) {
      const calls = nextCalls(request(asked.length, offered));
      if (calls.length === 0) break;
      expect(new Set(calls.map(({ name }) => name)).size).toBe(1);
      asked.push(...calls.map((call) => ({ tool: call.name, ...JSON.parse(call.arguments) })));
    }
    expect(asked).toEqual(plan.steps);
  });

  it('leaves out tools that are not offered', () => {
    expect(nextCalls(request(0, []))).toEqual([]);
  });
});
