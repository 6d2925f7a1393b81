/** Action-level last-accessed data of named principals: a job of IAM for each, whose answer is waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './client.ts';
import { accountOf } from './place.ts';
import { attempt, emit, inParallel, itemsOf, MARKER, type Reading } from './reading.ts';

const POLL_MS = 500;
const MAX_POLL_MS = 5000;
const MAX_POLLS = 30;

/** @param principals ARNs; those of other accounts are left to their own reading */
export async function readLastAccessed(reading: Reading, principals: readonly string[]): Promise<void> {
  const own = [...new Set(principals)].filter((arn) => accountOf(arn) === reading.account);
  await inParallel(own, async (principal) => {
    await attempt(reading, { collection: 'last-accessed' }, async (call) => {
      const start = { Arn: principal, Granularity: 'ACTION_LEVEL' };
      const { JobId } = (await call('iam.GenerateServiceLastAccessedDetails', start)) as { JobId?: string };
      const answer = await resultOf(call, JobId);
      emit(reading, 'get-service-last-accessed-details', answer, { name: principal });
    });
  });
}

async function resultOf(call: Call, JobId: string | undefined): Promise<object> {
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    let JobStatus: unknown = null;
    const send = async (token: object) => {
      const page = await call('iam.GetServiceLastAccessedDetails', { JobId, ...token });
      JobStatus = (page as { JobStatus?: unknown }).JobStatus;
      return page;
    };
    const ServicesLastAccessed = await itemsOf('ServicesLastAccessed', send, MARKER);
    if (JobStatus === 'COMPLETED') return { JobStatus, ServicesLastAccessed };
    if (JobStatus === 'FAILED') break;
    await sleep(Math.min(POLL_MS * 2 ** poll, MAX_POLL_MS));
  }
  throw new Error('the job did not end');
}
