/**
 * What an operator can be permitted, as `verb resource`: the one table. A route names one of these, so that a misspelt permission does
 * not compile; a role grants them, with `*` for either word.
 */
export const operatorPermissions = {
  'read keys': 'See the API keys of callers, without the keys themselves.',
  'create keys': 'Make API keys for callers.',
  'rotate keys': 'Put a new API key in place of another.',
  'revoke keys': 'End API keys at once.',
  'read tokens': 'See which tokens of callers are revoked.',
  'revoke tokens': 'Refuse tokens of callers before their end.',
  'read ledger': 'Search and read the ledger.',
  'export ledger': 'Write parts of the ledger to a file.',
  'prune ledger': 'Drop old entries of the ledger.',
  'read usage': 'See usage and cost.',
  'read policy': 'See the policy in force.',
  'replay policy': 'Run recorded decisions through another policy.',
  'read reviews': 'See access reviews.',
  'create reviews': 'Begin and close access reviews.',
  'decide reviews': 'Keep, narrow or revoke access in a review.',
  'read operators': 'See operators, without their keys.',
  'create operators': 'Make operators.',
  'change operators': 'Change, disable and enable operators, and issue their keys.',
  'read sessions': 'See who is signed in.',
  'revoke sessions': 'Sign others out.',
  'withdraw access': 'Withdraw roles and teams of callers as a whole, and restore them.',
  'read access': 'Ask who may do what, and which line decides.',
  'read requests': 'See requests that wait for a second person.',
  'approve requests': 'Approve or refuse what others asked for.',
  'break glass': 'Act alone where a second person would be needed.',
  'read subjects': 'See what is held of a data subject, and where.',
  'export subjects': 'Take out what is held of a data subject.',
  'erase subjects': 'Erase a data subject, or what a pseudonym stands for.',
  'reveal pseudonyms': 'See which address or person a pseudonym stands for.',
  'read captured': 'Read captured prompts and answers. Granted by name: no `read *` covers it.',
  'read cases': 'See requests of data subjects.',
  'create cases': 'Open cases for requests of data subjects.',
  'decide cases': 'Check whose a case is, extend, refuse and complete it.',
  'read retention': 'See how long what is kept stays, what is due, and legal holds.',
  'sweep retention': 'Destroy what is past its time, at once.',
  'place holds': 'Forbid, for a legal matter, that something is destroyed.',
  'release holds': 'End a legal hold.',
  'read secrets': 'See the versions of the master key, without the keys.',
  'rotate secrets': 'Make another master key, and wrap every key under it.',
  'read system': 'See versions, readiness and figures of the server.',
  'back up system': 'Write a copy of the data folder to the machine.',
  'download backups': 'Take a copy of the data folder away, with the keys that sign the ledger.',
} as const;

export type OperatorPermission = keyof typeof operatorPermissions;

export const operatorPermissionNames = Object.keys(operatorPermissions) as readonly OperatorPermission[];

interface Words {
  readonly verb: string;
  readonly resource: string;
}

/** The resource is the last word; a verb may have two (`back up`). */
function wordsOf(text: string): Words {
  const space = text.lastIndexOf(' ');
  return { verb: text.slice(0, space), resource: text.slice(space + 1) };
}

/** Whether words (`revoke keys`, `read *`, `* keys`, `* *`) cover a permission. */
export function covers(words: string, permission: OperatorPermission): boolean {
  const given = wordsOf(words);
  const asked = wordsOf(permission);
  return [
    [given.verb, asked.verb],
    [given.resource, asked.resource],
  ].every(([have, want]) => have === '*' || have === want);
}

/** What people wrote is not read by who was let look at everything else: only who was given just this, or everything. */
const byName: ReadonlySet<OperatorPermission> = new Set(['read captured']);

/** Whether a role that has these words is permitted it. */
export function grants(words: string, permission: OperatorPermission): boolean {
  const { verb, resource } = wordsOf(words);
  if (byName.has(permission) && resource === '*' && verb !== '*') return false;
  return covers(words, permission);
}

/** Whether a text grants anything at all; what covers no permission is a misspelling. */
export function isGrant(text: string): boolean {
  return operatorPermissionNames.some((permission) => covers(text, permission));
}
