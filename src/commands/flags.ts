/** The flags of both verbs as data: cli.ts builds commander's options, environment twins and help from them. */
export type FlagSpec = {
  /** commander's notation. */
  flags: string;
  text: string;
  /** Default: a switch where `flags` takes no value, else a string. */
  type?: 'list' | 'number';
  choices?: readonly string[];
  fallback?: string | number;
  /** Heading in the help. */
  group?: string;
};

const COMMON: readonly FlagSpec[] = [
  {
    flags: '--color <when>',
    text: 'colour on standard output',
    choices: ['auto', 'always', 'never'],
    fallback: 'auto',
  },
  { flags: '--config <file>', text: 'configuration file (default: ai-spm.yaml here, where it exists)' },
  { flags: '-q, --quiet', text: 'no progress, no notes; only why it fails' },
];

export const COLLECT_FLAGS: readonly FlagSpec[] = [
  { flags: '--for <duration>', text: 'how long, e.g. 90s, 10m, 1h (default: until Ctrl-C)' },
  { flags: '-o, --output <path>', text: 'snapshot file, zstd where it ends in .zst; with --every a folder' },
  {
    flags: '--every <duration>',
    text: 'write a closed segment to a file of its own this often, until stopped',
  },
  { flags: '--keep <n>', text: 'with --every: keep the newest n of our files', type: 'number' },
  { flags: '--keep-for <duration>', text: 'with --every: keep our files this long, e.g. 14d' },
  {
    flags: '--now',
    text: 'take what exists at this moment (iterators only, under 3 s), for incident response',
  },
  { flags: '--check', text: 'say what would attach here and what not, and why; collect nothing' },
  { flags: '--systemd-unit', text: 'print a systemd unit that runs collect --every, and exit' },
  { flags: '--cgroup <path>', text: 'only this cgroup and what is below it; repeatable', type: 'list' },
  { flags: '--pid <pid>', text: 'only this process and its descendants; repeatable', type: 'list' },
  {
    flags: '-n, --namespace <name>',
    text: 'only pods of this namespace, as they come and go; repeatable',
    type: 'list',
  },
  { flags: '-l, --selector <labels>', text: 'only pods whose labels match, kubectl syntax' },
  {
    flags: '--workload <name=selector>',
    text: 'give the processes that a selector matches a workload name; repeatable',
    type: 'list',
  },
  {
    flags: '--pods <path>',
    text: 'pod metadata from exports (kubectl get pods,rs,jobs,svc,endpointslices,ns,nodes -A -o json); repeatable',
    type: 'list',
  },
  { flags: '--kubeconfig <file>', text: 'kubeconfig for pod metadata' },
  { flags: '--context <name>', text: 'kubeconfig context for pod metadata' },
  { flags: '--no-live', text: 'never ask a cluster for pod metadata' },
  {
    flags: '--with <family>',
    text: 'attach a probe family also where the whole node is watched: tls, plaintext; repeatable',
    type: 'list',
  },
  {
    flags: '--max-cpu <percent>',
    text: 'percent of one core that observing may take; above it tls, plaintext, stdio and dns are given up, in this order, and said',
    type: 'number',
  },
  {
    flags: '--without <family>',
    text: 'leave a probe family out: process, file, mapping, network, syscall, tls, plaintext, stdio, dns; repeatable',
    type: 'list',
  },
  {
    flags: '--fingerprint-key <file>',
    text: 'estate key for keyed hashes; made with mode 0600 where it does not exist',
  },
  {
    flags: '--replay <file>',
    text: 'read a recorded sensor stream (.ndjson, .ndjson.zst) instead of attaching probes',
  },
  { flags: '--no-progress', text: 'no live view' },
  ...COMMON,
];

/** In the help they stand under their heading; what has none stands last. */
function grouped(group: string, flags: readonly FlagSpec[]): FlagSpec[] {
  return flags.map((one) => ({ ...one, group }));
}

export const AUDIT_FLAGS: readonly FlagSpec[] = [
  ...grouped('Configuration', [
    {
      flags: '--configured <path>',
      text: 'read exports (kubectl get … -o yaml|json, dumps of aws, gcloud, az) instead of the live cluster; repeatable',
      type: 'list',
    },
    { flags: '--no-live', text: 'without --configured: do not ask the cluster, audit the snapshots alone' },
    { flags: '--kubeconfig <file>', text: 'kubeconfig to use' },
    { flags: '--context <name>', text: 'kubeconfig context to use' },
    { flags: '-n, --namespace <name>', text: 'only this namespace; repeatable', type: 'list' },
    { flags: '-A, --all-namespaces', text: 'all namespaces (the default without -n)' },
    { flags: '-l, --selector <labels>', text: 'only workloads whose labels match, kubectl syntax' },
    {
      flags: '--all-workloads',
      text: 'audit every workload, also those that do not look like an AI agent',
    },
    {
      flags: '--aws',
      text: "also read AWS live, with the credentials that the AWS SDK finds; its CLI's dumps are taken by --configured",
    },
    { flags: '--aws-profile <name>', text: 'profile of the AWS configuration to use' },
    {
      flags: '--aws-region <region>',
      text: "region whose EKS and EC2 to read (default: the configuration's); repeatable",
      type: 'list',
    },
    {
      flags: '--aws-role <arn>',
      text: 'role to assume and read as, one for each further account; repeatable',
      type: 'list',
    },
    {
      flags: '--aws-last-accessed',
      text: 'also ask IAM when roles that pods may take on last used what (a job of IAM for each role)',
    },
    {
      flags: '--gcp-project <id>',
      text: 'also read this GCP project live, with application default credentials; repeatable',
      type: 'list',
    },
    {
      flags: '--save-configured <folder>',
      text: 'also save what was read from the cluster as exports, without secrets',
    },
  ]),
  ...grouped('Observation', [
    {
      flags: '--baseline-snapshot <path>',
      text: 'snapshots that Gap 3 compares with; repeatable',
      type: 'list',
    },
    {
      flags: '--usage <path>',
      text: 'logs that show use: CloudTrail, Kubernetes audit, GCP audit log files; repeatable',
      type: 'list',
    },
  ]),
  ...grouped('Instead of a report', [
    {
      flags: '--can <question>',
      text: "answer one question, e.g. 'deploy/research/agent s3:GetObject arn:aws:s3:::corpus/x', and exit",
    },
    {
      flags: '--can-file <file>',
      text: 'answer a file of questions (- for standard input), one object of JSON a line, each with a line of JSON, and exit',
    },
    {
      flags: '--print-access <source>',
      text: 'print the least read-only role that reading this takes, and exit',
      choices: ['kubernetes', 'aws', 'gcp'],
    },
    { flags: '--preflight', text: 'read the configuration, say what will be cannot-tell and why, and exit' },
    {
      flags: '--explain <id>',
      text: 'explain one finding: claim, path, evidence, why this gap, remedy, confidence',
    },
  ]),
  ...grouped('Report', [
    { flags: '--report <report>', text: 'render a saved JSON report again; nothing is gathered' },
    {
      flags: '--baseline <report>',
      text: 'an earlier JSON report: tells new, unchanged, resolved and incomparable apart',
    },
    {
      flags: '-f, --format <format>',
      text: 'table (default) or json; FORMAT=PATH writes a file; repeatable',
      type: 'list',
    },
    {
      flags: '--show <sections>',
      text: 'findings, configuration, operation, bom, policies, coverage: a list with commas',
    },
    {
      flags: '--fail-on <gate>',
      text: 'exit 1 on findings: any|gap1|gap2|gap3[:SEVERITY][:new], comma-separated',
    },
    { flags: '--require-coverage <gate>', text: 'exit 3 when a cell of these gaps cannot be told' },
    { flags: '--seed <n>', text: 'seed of the permutation tests', type: 'number', fallback: 1 },
    { flags: '--title <text>', text: 'a line above the report, to tell several apart' },
  ]),
  ...COMMON,
];
