import type { LedgerWorkload } from '../model/ledger.ts';
import { CREDENTIAL_NEEDS, unreadCredentials, unreadDraft } from './credentials.ts';
import { defineDetector } from './define-detector.ts';
import { permissions } from './permissions.ts';
import { counted } from './words.ts';

/**
 * ServiceAccount tokens that no process opened. All that the ServiceAccount may do is then latent, inherited
 * permissions too: as long as nothing uses the identity they are Gap 1, not Gap 2.
 */
export const unreadToken = defineDetector({
  kind: 'unread-token',
  gap: 1,
  discipline: 'identity',
  needs: { ...CREDENTIAL_NEEDS, resources: ['workloads', 'serviceaccounts'] },
  detect(view) {
    const { unread, doubts } = unreadCredentials(view, (one) => one.kind === 'credential-source');
    const held = permissions(view);
    const drafts = unread.map((entry) => {
      const draft = unreadDraft(view, entry, {
        kind: 'unread-token',
        consequence: latent(view),
        aggravated: held.length > 0,
      });
      const inherited = held.filter((one) => one.origin === 'inherited').flatMap((one) => one.path);
      const path = [...draft.configured.path, ...inherited.filter((hop) => hop.inherited && hop.ref)];
      return { ...draft, configured: { ...draft.configured, path } };
    });
    return { drafts, doubts };
  },
});

/** `with it 3 permissions of its ServiceAccount lie idle (2 inherited)` */
function latent(view: LedgerWorkload): string {
  const held = permissions(view);
  if (held.length === 0) return 'its ServiceAccount holds no permission beyond discovery';
  const inherited = held.filter((one) => one.origin === 'inherited').length;
  const share = inherited > 0 ? ` (${inherited} inherited)` : '';
  return `with it ${counted(held.length, 'permission')} of its ServiceAccount ${held.length === 1 ? 'lies' : 'lie'} idle${share}`;
}
