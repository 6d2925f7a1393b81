/** Data that is read and written over HTTP and gRPC: vector stores, document stores, object stores. */
import type { OpenExchange } from '../wire/types.ts';
import { grpcRoute, grpcStoreReader } from './data/grpc-store.ts';
import { jsonStoreReader, storeRoutes } from './data/json-store.ts';
import { objectAccess, objectReader } from './object-store.ts';
import { placeOf } from './request-target.ts';
import type { World } from './said.ts';

/** Null for requests that go to no store that is known. */
export function readData(world: World): OpenExchange {
  return (head) => {
    const place = placeOf(head);
    const grpc = grpcRoute(head, place);
    if (grpc) return grpcStoreReader(world, head, place, grpc);
    const routes = storeRoutes(head, place);
    if (routes.length > 0) return jsonStoreReader(world, head, place, routes);
    const access = objectAccess(head, place);
    return access && objectReader(world, head, access);
  };
}
