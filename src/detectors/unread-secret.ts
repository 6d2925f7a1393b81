import { canonicalPath } from '../match/path.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import { CREDENTIAL_NEEDS, pathsOf, unreadCredentials, unreadDraft } from './credentials.ts';
import { defineDetector } from './define-detector.ts';

/** Secrets mounted as files that no process opened. */
export const unreadSecret = defineDetector({
  kind: 'unread-secret',
  gap: 1,
  discipline: 'identity',
  needs: { ...CREDENTIAL_NEEDS, resources: ['workloads'] },
  detect(view) {
    const { unread, doubts } = unreadCredentials(view, (one) => one.kind === 'secret-read');
    return {
      drafts: unread.map((entry) =>
        unreadDraft(view, entry, { kind: 'unread-secret', aggravated: isWhole(view, entry) }),
      ),
      doubts,
    };
  },
});

/** Mounted without naming single keys, so that every key of the Secret lies there, later ones included. */
function isWhole(view: LedgerWorkload, entry: LedgerEntry): boolean {
  const paths = new Set(pathsOf(entry.capabilities[0]!));
  const mount = view.configured?.mounts.find((one) => paths.has(canonicalPath(one.mountPath)));
  return mount !== undefined && mount.source === 'secret' && mount.keys.length === 0;
}
