/** What the network offers to the rest: one verdict over all its layers. */
import type { Answer, QueryAction } from '../model/query.ts';
import type { NetworkSource } from './network-source.ts';

export type NetworkScope = {
  decide(
    from: NetworkSource,
    to: Extract<QueryAction, { kind: 'egress' }>['to'],
    port: number,
    protocol: 'TCP' | 'UDP' | 'SCTP',
  ): Answer;
};
