/** What an access to a store says. Subjects: `<store>/<collection>`, and `<store>/<authority>` for the store itself. */
import type { Ending, RequestHead } from '../../wire/types.ts';
import { outcome, readingSums } from '../endpoint.ts';
import { traceOf } from '../llm/session.ts';
import type { Place } from '../request-target.ts';
import type { Said } from '../said.ts';

export type Access = {
  subject: string;
  operation: string;
  /** Read or written; null: the protocol does not tell. */
  records: number | null;
  head: RequestHead;
  status: number | null;
  /** An error that the body or the trailers tell. */
  failed?: boolean;
  denied?: boolean;
  ending: Ending;
};

export function accessSaid(access: Access): Said {
  const { subject, operation, records, head, status, ending } = access;
  const base = outcome(status, ending);
  const session = traceOf(head.headers);
  const error = base.error === true || access.failed === true || access.denied === true;
  return {
    kind: 'data-access',
    subject,
    context: operation,
    ...base,
    error,
    denied: base.denied === true || access.denied === true,
    // What was refused was neither read nor written.
    ...(records === null || error ? {} : { records }),
    ...(session ? { session } : {}),
    sums: readingSums(ending),
  };
}

/** A store of embeddings is an artifact; what it returns to a query enters the prompt. */
export function vectorSaids(store: string, place: Place, access: Access): Said[] {
  const { kind: _, bytes: __, sums: ___, records, ...rest } = accessSaid(access);
  const shared = { ...rest, context: access.operation };
  return [
    { ...shared, kind: 'vector-store', subject: `${store}/${place.authority}` },
    ...(access.operation === 'query'
      ? [
          {
            ...shared,
            kind: 'rag-index' as const,
            subject: access.subject,
            ...(records === undefined ? {} : { records }),
          },
        ]
      : []),
  ];
}
