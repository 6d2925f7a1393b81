/**
 * Where one identity becomes another, or credentials are handed out: `identity-hop` with subject `<from> → <to>` and the
 * mechanism as context, and `credential-source` for what was obtained. Identities are written as in identity/known.ts;
 * `workload` is whoever has not shown an identity yet. Tokens and keys are never kept, only what they say of people.
 */
import type { ExchangeReader, OpenExchange, RequestHead } from '../wire/types.ts';
import { awsRequest } from './cloud/aws.ts';
import { readAwsMetadata } from './identity/aws-metadata.ts';
import { readSts } from './identity/aws-sts.ts';
import { readGoogleIdentity } from './identity/google.ts';
import { readKubernetesIdentity } from './identity/kubernetes.ts';
import { readMicrosoftIdentity } from './identity/microsoft.ts';
import { readVaultIdentity } from './identity/vault.ts';
import { type Place, placeOf } from './request-target.ts';
import type { World } from './said.ts';

function sts(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const aws = awsRequest(head, place);
  return aws && readSts(world, aws);
}

const READERS = [
  readAwsMetadata,
  readGoogleIdentity,
  readMicrosoftIdentity,
  readKubernetesIdentity,
  readVaultIdentity,
  sts,
] as const;

/** Null: nobody becomes somebody else here. */
export function readIdentity(world: World): OpenExchange {
  return (head) => {
    const place = placeOf(head);
    for (const read of READERS) {
      const reader = read(world, head, place);
      if (reader) return reader;
    }
    return null;
  };
}
