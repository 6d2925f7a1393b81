/** What brings an artifact into a workload: the edge to change upstream. */
import { pathUnder } from '../match/path.ts';
import type { Hop } from '../model/configured.ts';
import type { VolumeMount } from '../model/kubernetes.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { listed } from './words.ts';

const VOLUMES = {
  secret: 'Secret',
  'service-account-token': 'projected token volume',
  'config-map': 'ConfigMap',
  'persistent-volume-claim': 'PersistentVolumeClaim',
  'host-path': 'hostPath volume',
  'empty-dir': 'emptyDir volume',
  other: 'volume',
} as const satisfies Record<VolumeMount['source'], string>;

/** The volume below whose mount the file lies, the innermost of several; else the image. */
export function originOf(view: LedgerWorkload, path: string): Hop {
  const [mount] = (view.configured?.mounts ?? [])
    .filter((one) => path.startsWith('/') && pathUnder(one.mountPath, path))
    .sort((a, b) => b.mountPath.length - a.mountPath.length);
  if (!mount) return imageHop(view);
  return {
    object: `${VOLUMES[mount.source]} ${mount.name ?? ''}`.trim(),
    ref: view.configured?.ref ?? null,
    field: mount.field,
    why: `mounted at ${mount.mountPath} in ${mount.container}`,
    inherited: true,
  };
}

/** Where installed code comes from: there is no closer declaration of it. */
export function imageHop(view: LedgerWorkload): Hop {
  const { configured, observed } = view;
  const images = (configured?.containers ?? []).map((container) => container.image);
  const seen = (observed?.meta.containers ?? []).flatMap(({ image }) => (image === null ? [] : [image]));
  return {
    object: `image ${listed([...new Set(images.length > 0 ? images : seen)])}`,
    ref: configured?.ref ?? null,
    field: 'spec.template.spec.containers[].image',
    why: 'brings what is installed in it',
    inherited: true,
  };
}
