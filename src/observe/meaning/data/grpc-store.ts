/** Vector stores over gRPC, by path and field numbers (`catalog/vector-stores.ts`). */
import { GRPC_ROUTES, type GrpcRoute } from '../../../catalog/vector-stores.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { name } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { countIn } from './grpc-count.ts';
import { fieldsAt } from './protobuf.ts';
import { type Access, accessSaid, vectorSaids } from './rows.ts';

export function grpcRoute({ method }: RequestHead, place: Place): GrpcRoute | null {
  if (method !== 'POST') return null;
  return (
    GRPC_ROUTES.find(({ path, hosts }) => path.test(place.path) && (!hosts || hosts.test(place.host))) ?? null
  );
}

const DECODER = new TextDecoder();

function collectionOf({ collection, hosts }: GrpcRoute, place: Place, message: Uint8Array | null): string {
  if (collection === null) return name(hosts?.exec(place.host)?.groups?.collection) ?? '?';
  const [field] = message ? fieldsAt(message, [collection]) : [];
  return name(field && DECODER.decode(field.subarray(0, 1_024))) ?? '?';
}

export function grpcStoreReader(
  world: World,
  head: RequestHead,
  place: Place,
  route: GrpcRoute,
): ExchangeReader {
  let first: Uint8Array | null = null;
  let status: number | null = null;
  let grpcStatus: string | null = null;
  let [sent, hits] = [0, 0];
  return {
    item(side, item) {
      if (item.t !== 'message') return;
      if (side === 'request') {
        first ??= item.bytes;
        if (route.sent) sent += countIn(item.bytes, route.sent);
      } else if (route.hits) hits += countIn(item.bytes, route.hits);
    },
    response(answer) {
      status = answer.status;
      // An answer without messages, which is how errors come, is all trailers: they are its head.
      grpcStatus = answer.headers.get('grpc-status') ?? null;
    },
    end(ending) {
      grpcStatus = ending.trailers?.get('grpc-status') ?? grpcStatus;
      const access: Access = {
        subject: `${route.store}/${collectionOf(route, place, first)}`,
        operation: route.operation,
        records: route.hits ? hits : route.sent ? sent : null,
        failed: grpcStatus !== null && grpcStatus !== '0',
        denied: grpcStatus === '7' || grpcStatus === '16',
        ...{ head, status, ending },
      };
      for (const said of [...vectorSaids(route.store, place, access), accessSaid(access)]) world.say(said);
    },
  };
}
