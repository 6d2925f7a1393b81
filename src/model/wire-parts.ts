/** What several records of the sensor's stream are made of. */
import { z } from 'zod';

export const id64 = z.string().regex(/^[0-9a-f]{1,20}$/);
export const us = z.int().nonnegative();
export const text = (max: number) => z.string().max(max);
export const path = text(4096);

/** Who did it: process = (pid, start time of the thread-group leader), inside a cgroup. */
export const actor = { cg: id64, pid: z.int(), start: id64, at: us };
