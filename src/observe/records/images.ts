/** Executables and libraries that may speak TLS: asked for once each, by what processes execute and map. */
import type { WireOf } from '../../model/wire.ts';
import type { Instance } from '../state/processes.ts';
import { attachedAt, type Run } from '../state/run.ts';
import { ask, retract, settle } from '../state/wants.ts';

const ESRCH = 3;

/** Libraries with TLS of their own: OpenSSL and its forks, GnuTLS, and wheels that carry one inside. */
const LIBRARY =
  /\/(?:lib(?:ssl|gnutls|boringssl|conscrypt|node)[^/]*\.so[^/]*|(?:cygrpc|_rust|_ssl|libssl)[^/]*\.so)$/;

/** Any executable may carry a TLS library inside. */
export function lookInto(run: Run, instance: Instance, path: string): void {
  if (instance.ignored || instance.init || attachedAt(run, 'tls') === null) return;
  ask(run.wants, instance.cgroup, instance, 'image-attach', path, run.limits.wants);
}

export function lookIntoLibrary(run: Run, instance: Instance, path: string): void {
  if (LIBRARY.test(path)) lookInto(run, instance, path);
}

export function onImage(run: Run, record: WireOf<'image'>): void {
  const asked = settle(run.wants, record.req);
  if (!asked) return;
  // It went before it could be looked into: the next process that uses the same may be asked.
  if (record.errno === ESRCH) {
    retract(run.wants, asked);
    return;
  }
  const { cgroup } = asked;
  if (cgroup.images.size < run.limits.wants) cgroup.images.set(asked.want.path, record);
}
