/** Which program wrote a file that cannot be read, by its place and its first part: what has to be run once more. */

type Writer = 'kubectl' | 'aws' | 'gcloud' | 'az' | 'bom';

const COMMANDS: Readonly<Record<Writer, string>> = {
  kubectl: 'with `kubectl get … -o json`',
  aws: 'with `aws … --output json`',
  gcloud: 'with `gcloud … --format json`',
  az: 'with `az … -o json`',
  bom: 'by the tool that made it',
};

/** More of a file tells no more of what it is. */
const HEAD = 64 * 1024;

type Rules = readonly (readonly [Writer, RegExp])[];
/** What nothing else has, wherever it lies. */
const CERTAIN: Rules = [
  ['bom', /"bomFormat"\s*:/],
  ['kubectl', /"apiVersion"\s*:/],
];
/** Folders as they are saved, and file names that are commands or parts of these. */
const PLACES: Rules = [
  ['aws', /(?:^|\/)aws\/|(?:^|\/)(?:get|describe|list)-[a-z-]+[^/]*\.json$/],
  ['gcloud', /(?:^|\/)gcp\/|(?:^|\/)(?:iam-policy|deny-policies|policy-bindings)\.json$/],
  ['az', /(?:^|\/)azure\//],
];
/** After the place: a policy of one cloud may name identities of another. */
const CONTENTS: Rules = [
  ['az', /"\/subscriptions\/|"servicePrincipalType"\s*:|"signInAudience"\s*:/],
  [
    'gcloud',
    /\.gserviceaccount\.com\b|"(?:includedPermissions|projectNumber)"\s*:|\/\/[a-z]+\.googleapis\.com\//,
  ],
  ['aws', /"arn:aws[a-z-]*:|"(?:(?:Role|User|Group)DetailList|Reservations)"\s*:/],
];

export function rewriteHint(path: string, text: string): string {
  const place = path.replaceAll('\\', '/').toLowerCase();
  const head = text.slice(0, HEAD);
  const writer = by(CERTAIN, head) ?? by(PLACES, place) ?? by(CONTENTS, head) ?? 'kubectl';
  return `the file may be cut short: write it again ${COMMANDS[writer]}`;
}

function by(rules: Rules, what: string): Writer | undefined {
  return rules.find(([, pattern]) => pattern.test(what))?.[0];
}
