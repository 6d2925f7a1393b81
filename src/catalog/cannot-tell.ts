/** Words for what could not be judged: why that is so, and what the reader can do. */
import type { CannotTellReason } from '../model/finding.ts';

export type CannotTellText = { meaning: string; todo: string };

export const CANNOT_TELL = {
  'no-configuration': {
    meaning: 'The workload was observed, and its configuration was not read.',
    todo: 'Give the exports of its cluster with --configured, or a kubeconfig, --context and --namespace that cover it.',
  },
  'source-denied': {
    meaning: 'A kind of object that the answer depends on could not be read.',
    todo: 'Grant the reader get and list on it (ai-spm audit --print-access shows the Role), then run again.',
  },
  'source-missing': {
    meaning: 'A kind of object that the answer depends on is not among what was given.',
    todo: 'Export it as well (an empty list counts) and pass it with --configured.',
  },
  'no-snapshot': {
    meaning: 'Nothing was observed of this workload.',
    todo: 'Run ai-spm collect on the nodes that run it and pass the snapshots.',
  },
  'no-declaration': {
    meaning: 'Nothing says which artifacts of this kind the workload is meant to have.',
    todo: 'Declare them in an annotation of the workload or a bill of materials; then what is loaded beyond that shows.',
  },
  'iterators-only': {
    meaning: 'The snapshot shows one moment, so nothing can be read from what is not in it.',
    todo: 'Collect over a window (ai-spm collect --for 10m, or --every 1h for a baseline) instead of --now.',
  },
  'signal-missing': {
    meaning:
      'The probes that would have seen it were not attached, or not to a library that the workload uses.',
    todo: 'See ai-spm collect --check for what does not attach here and why. A TLS library that cannot be read needs its symbols; else pass the audit log of the cloud with --usage.',
  },
  'signal-lossy': {
    meaning: 'Events of a needed probe family were lost; what was lost may be the very use that is missing.',
    todo: 'Collect again with a larger buffer or a narrower filter; the coverage table shows where it was lost.',
  },
  'no-baseline': {
    meaning: 'A shift needs something to be compared with.',
    todo: 'Pass the snapshots of a quiet period with --baseline-snapshot.',
  },
  incomparable: {
    meaning: 'Window and baseline cannot be compared.',
    todo: 'Collect both with the same estate key and the same probe families.',
  },
  'start-not-seen': {
    meaning: 'What happens only at start-up may have happened before the probes were attached.',
    todo: 'Let the pods restart while ai-spm collect runs, or start collecting before the rollout.',
  },
  'coverage-short': {
    meaning: 'The workload existed longer, or on more nodes, than it was observed.',
    todo: 'Collect on every node that runs it, without interruption.',
  },
  'unresolved-peers': {
    meaning:
      'An address was contacted of which it is not known whose it was, and it may be the one in question.',
    todo: 'Let collect reach the Kubernetes API, or give it a pod list, so that addresses are named while they are dialled.',
  },
  folded: {
    meaning: 'There were so many distinct subjects that they were folded into templates.',
    todo: 'Narrow what is collected, or pin the prefixes in question.',
  },
  'schedule-not-seen': {
    meaning: 'The work runs on a schedule, and the window holds no run of it.',
    todo: 'Keep collecting until the schedule occurred at least once.',
  },
  insufficient: {
    meaning: 'There is too little operation to learn from.',
    todo: 'Collect while the agent does its normal work.',
  },
  converging: {
    meaning: 'The observed behavior has not settled yet, so an absence is not evidence.',
    todo: 'Keep collecting; the expected date is an estimate from what is still new per day.',
  },
  'baseline-not-converged': {
    meaning: 'The baseline itself has not settled: shifts are invisible, not absent.',
    todo: 'Use a longer baseline.',
  },
  unheard: {
    meaning: 'An identity is in use, and what was asked for with it was not heard.',
    todo: 'Collect with the tls family (--cgroup, -n or -l choose the workload; --with tls takes the whole node), or pass the audit log with --usage.',
  },
} as const satisfies Record<CannotTellReason, CannotTellText>;

/**
 * Which reason is told where several hold: first what one change of the command or the permissions mends, then
 * what another collection mends, last what only time mends.
 */
export const REASON_ORDER = Object.keys(CANNOT_TELL) as CannotTellReason[];
