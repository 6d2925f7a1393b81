import { normalizeName } from '../match/artifact.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { installedLibraries } from '../reconcile/ledger/installed.ts';
import { isAiPackage } from './ai-packages.ts';
import { imageHop } from './artifact-origin.ts';
import {
  AI_CODE_KINDS,
  artifactsOf,
  CODE_KINDS,
  type Declaration,
  declarations,
  isLoaded,
  nameAndVersions,
  sameNamed,
} from './artifacts.ts';
import { type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import { counted, listed } from './words.ts';

const SIGNALS = ['process', 'file', 'mapping'] as const;

/**
 * Declared packages that no process loaded, one finding each; and AI packages that are merely installed, one
 * finding for all of them: a Python image carries hundreds of packages, and nobody reads hundreds of findings.
 */
export const unloadedLibrary = defineDetector({
  kind: 'unloaded-library',
  gap: 1,
  discipline: 'artifact',
  needs: {
    signals: SIGNALS,
    resources: ['workloads'],
    kinds: CODE_KINDS,
    absence: true,
    processStart: true,
    baseline: false,
  },
  detect(view) {
    const loaded = artifactsOf(view, CODE_KINDS).filter(isLoaded);
    // By name: another version than the declared one is loaded all the same.
    const declared = declarations(view, CODE_KINDS);
    const unloaded = declared.filter((one) => !loaded.some((detail) => sameNamed([one], detail)));
    const idle = idleAiPackages(view);
    const perName = [...Map.groupBy(unloaded, ({ pattern }) => normalizeName(pattern.name)).values()];
    return {
      drafts: [
        ...perName.map((same) => declaredDraft(view, same)),
        ...(idle.length > 0 ? [installedDraft(view, idle)] : []),
      ],
      unlearnt:
        declared.length === 0 && loaded.length === 0 && installedLibraries(view.observed).length === 0,
    };
  },
});

/** Installed, AI by the catalog, neither declared nor loaded: `name@version`, from files and inventories alike. */
function idleAiPackages(view: LedgerWorkload): string[] {
  const entries = view.entries.filter(
    (entry) =>
      CODE_KINDS.includes(entry.kind) && entry.exercised !== 'yes' && entry.capabilities.length === 0,
  );
  return [...new Set(entries.map((entry) => entry.subject).filter(isAiPackage))].sort();
}

/** `same`: one package, perhaps declared in several places. */
function declaredDraft(view: LedgerWorkload, same: readonly Declaration[]): Draft<1> {
  const [{ capability, pattern }] = same as [Declaration];
  const hop = capability.path.at(-1)!;
  const installed = installedLibraries(view.observed).filter(({ artifact }) => sameNamed(same, artifact));
  const copies = installed.map(({ artifact }) => artifact);
  const state = copies.length > 0 ? `is installed as ${nameAndVersions(copies)}` : 'was not seen installed';
  return {
    subject: `${capability.kind} ${normalizeName(pattern.name)}`,
    claim:
      `${view.label} declares ${capability.summary} (${hop.object} ${hop.field}); it ${state}, and ` +
      `in ${windowOf(view.observed)}, start-up included, no process loaded it.`,
    configured: { summary: capability.summary, path: same.flatMap((one) => one.capability.path) },
    operational: absence(
      view,
      SIGNALS,
      'no file of it was opened or mapped',
      installed.map(({ where }) => where),
    ),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: AI_CODE_KINDS.includes(capability.kind),
    ...absenceConfidence(view, 'unloaded-library', SIGNALS),
  };
}

function installedDraft(view: LedgerWorkload, names: readonly string[]): Draft<1> {
  const image = imageHop(view);
  return {
    subject: 'installed AI packages',
    claim:
      `The image of ${view.label} carries ${counted(names.length, 'AI package')} (${listed(names)}) that nothing ` +
      `declares and, in ${windowOf(view.observed)}, start-up included, no process loaded.`,
    configured: { summary: `installed: ${listed(names)}`, path: [image] },
    operational: absence(view, SIGNALS, 'no file of them was opened or mapped', names),
    remedy: { scopeDown: { object: image.object, field: image.field } },
    aggravated: false,
    audience: 'auditor',
    ...absenceConfidence(view, 'unloaded-library', SIGNALS),
  };
}
