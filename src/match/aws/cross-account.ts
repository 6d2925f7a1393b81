/**
 * Actions that a policy of a resource cannot open to other accounts, whatever it says (KMS Developer Guide, "Allowing
 * users in other accounts to use a KMS key"; SQS Developer Guide, "Limitations of custom policies"; Secrets Manager User
 * Guide, "Access secrets from a different account").
 */

/** Of keys only these are opened: cryptography, grants, and what describes the key. */
const OF_KEYS =
  /^kms:(encrypt|decrypt|reencrypt|generate|sign|verify|derive|creategrant|listgrants|revokegrant|retiregrant|describekey|getkeyrotationstatus|getpublickey)/;
const NOT_OF_QUEUES = new Set(
  `addpermission createqueue deletequeue listqueues listqueuetags removepermission setqueueattributes tagqueue
  untagqueue`.split(/\s+/),
);
const OF_SECRETS = new Set(
  `cancelrotatesecret deleteresourcepolicy deletesecret describesecret getrandompassword getresourcepolicy
  getsecretvalue listsecretversionids putresourcepolicy putsecretvalue removeregionsfromreplication
  replicatesecrettoregions restoresecret rotatesecret stopreplicationtoreplica tagresource untagresource updatesecret
  updatesecretversionstage validateresourcepolicy`.split(/\s+/),
);

/** `action`: in lower case. */
export function opensToOthers(action: string): boolean {
  const [service, name = ''] = action.split(':', 2);
  if (service === 'kms') return OF_KEYS.test(action);
  if (service === 'sqs') return !NOT_OF_QUEUES.has(name);
  return service !== 'secretsmanager' || OF_SECRETS.has(name);
}
