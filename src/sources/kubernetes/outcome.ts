/** What became of one collection. */
import type { SourceCoverage } from '../../model/kubernetes.ts';
import type { ApiError } from './client.ts';

export type Outcome = Pick<SourceCoverage, 'status' | 'reason'>;

export function outcomeOf({ status, message }: ApiError): Outcome {
  if (status === 403) return { status: 'denied', reason: message };
  if (status === 404) return { status: 'not-served', reason: message };
  return { status: 'failed', reason: `${status}: ${message}` };
}
