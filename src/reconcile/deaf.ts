/** Executables and libraries that speak TLS and could not be listened to: what passed through them nobody heard. */
import type { ObservedWorkload } from '../model/observed.ts';
import type { TlsImage } from '../model/snapshot.ts';

/** ENOENT, ESRCH: it was over before it could be looked at. Whether it spoke TLS its own hello tells (records/unheard.ts). */
const GONE = /^errno [23]$/;

export function deafImages({ images }: Pick<ObservedWorkload, 'images'>): TlsImage[] {
  return images.filter(
    ({ status, reason }) => status === 'opaque' || (status === 'refused' && !GONE.test(reason ?? '')),
  );
}

/** `/app/server (build id 0a1b…, unknown library)` */
export function deafName({ path, buildId, library }: TlsImage): string {
  return `${path} (build id ${buildId ?? 'none'}, ${library === 'unknown' ? 'unknown library' : library})`;
}
