/** What operators can meet, at the admin API and the command line: the second half of the one table, which checks its rows. */
export const operatorFaults = {
  'operator.unauthenticated': {
    status: 401,
    title: 'Nobody is signed in.',
    action: 'Send an operator key as "Authorization: Bearer sto_…", or sign in.',
  },
  'operator.forbidden': {
    status: 403,
    title: "The operator's roles do not permit this.",
    action: 'Ask an operator who may change operators for a role that does.',
  },
  'operator.credential': {
    status: 401,
    title: 'The operator key is not accepted.',
    action: 'Check that it is whole, not expired and not revoked; another operator can issue a new one.',
  },
  'operator.sign-in-refused': {
    status: 403,
    title: 'You cannot sign in here.',
    action: 'Ask an operator who may change operators.',
  },
  'operator.sign-in-lost': {
    status: 400,
    title: 'This sign-in cannot go on.',
    action: 'Begin it again in this browser; it must be finished within ten minutes, and once.',
  },
  'operator.identity-provider': {
    status: 502,
    title: 'The sign-in with the identity provider failed.',
    action: 'Begin the sign-in again; the log says what was wrong.',
  },
  'operator.too-many': {
    status: 429,
    title: 'Too many sign-ins failed.',
    action: 'Wait as long as Retry-After says.',
  },
  'operator.origin': {
    status: 403,
    title: 'The request comes from another site.',
    action: 'Send it from the console itself, or with an operator key and no cookie.',
  },
  'operator.host': {
    status: 421,
    title: 'This host name is not served here.',
    action: 'Ask by the address the policy names (identity.operators.address), or by a loopback address.',
  },
  'approval.own': {
    status: 403,
    title: 'Who asks cannot approve.',
    action: 'Let another operator approve the request, or approve it on the machine of the server.',
  },
  'api.precondition-required': {
    status: 428,
    title: 'The change does not say which state it is about.',
    action: 'Read the thing and send its ETag as If-Match.',
  },
  'api.precondition-failed': {
    status: 412,
    title: 'The thing has changed since it was read.',
    action: 'Read it again, and decide again.',
  },
  'api.not-found': { status: 404, title: 'There is no such thing.', action: 'Check the id.' },
  'api.invalid': {
    status: 400,
    title: 'The request is not valid.',
    action: 'Mend the request at the named place.',
  },
  'api.conflict': {
    status: 409,
    title: 'The request does not fit the present state.',
    action: 'Read the present state and try again.',
  },
  'review.own-access': {
    status: 403,
    title: 'Nobody decides on his own access.',
    action: 'Let another reviewer decide.',
  },
  'review.incomplete': {
    status: 409,
    title: 'The review cannot be closed yet.',
    action: 'Decide what is undecided; "surety reviews refresh" reads the sources again.',
  },
  'policy.invalid': {
    status: 400,
    title: 'The policy is not valid.',
    action: 'Mend the policy at the named places.',
  },
  'secret.invalid': {
    status: 400,
    title: 'A secret reference is not valid.',
    action: 'Write env:NAME or file:/path.',
  },
  'secret.unavailable': {
    status: 503,
    title: 'A secret could not be read.',
    action: 'Check that the variable or file exists and is readable.',
  },
  'subject.held': {
    status: 409,
    title: 'A legal hold forbids this.',
    action: 'Ask who keeps the matter; "surety retention status" lists the holds.',
  },
  'case.closed': {
    status: 409,
    title: 'The case has ended; it does not change.',
    action: 'Open another case.',
  },
  'case.identity': {
    status: 409,
    title: 'Whose request this is was not checked yet.',
    action: 'Check it, and note how: "surety cases verify".',
  },
  'data.erased': {
    status: 410,
    title: 'What this would show was erased.',
    action: 'Nothing brings it back: its key was destroyed.',
  },
  'seal.broken': {
    status: 500,
    title: 'Sealed data does not open.',
    action: 'It was altered, or moved from where it belongs: look who can write the data folder.',
  },
  'key.unknown': {
    status: 500,
    title: 'The master key of this data is gone.',
    action: 'It was destroyed in a rotation; what is still wrapped under it does not open.',
  },
  'erasure.unfinished': {
    status: 503,
    title: 'The erasure has begun and could not be finished yet.',
    action:
      'The key is no longer used. It is tried again every minute and at the next start; check the disk of the data folder. "surety subjects erasures" says when it is done.',
  },
  'erasure.under-way': {
    status: 409,
    title: 'An erasure of this has begun and is not finished yet.',
    action: 'It is tried again by itself; "surety subjects erasures" says when it is done.',
  },
  'key.not-overwritten': {
    status: 500,
    title: 'A key was destroyed in memory and could not be overwritten on the disk.',
    action: 'Check the disk of the folder vault. It is tried again every minute and at the next start.',
  },
  'ledger.damaged': {
    status: 500,
    title: 'The ledger does not fit together.',
    action: 'Keep the folder as it is, run "surety ledger verify", and restore a backup.',
  },
  'ledger.pruned': {
    status: 410,
    title: 'The entries this is about were pruned, so it can no longer be checked.',
    action: 'This is no sign of tampering. Check with a checkpoint taken after the pruning.',
  },
  'ledger.entry-too-large': {
    status: 500,
    title: 'An entry is longer than the ledger can hold.',
    action: 'Report this to the makers of Surety.',
  },
  'listen.failed': {
    status: 500,
    title: 'The server cannot listen.',
    action: 'Choose a free port, or end the process that has it.',
  },
  'disk.full': {
    status: 503,
    title: 'The disk is full.',
    action: 'Free space on the disk of the named file, and try again.',
  },
  'disk.failing': {
    status: 503,
    title: 'The disk failed to read or write.',
    action: 'Check the disk of the named file (dmesg); try again when it works.',
  },
  'disk.read-only': {
    status: 503,
    title: 'The disk is mounted read-only.',
    action: 'Mount the disk of the named file for writing, and try again.',
  },
  'disk.forbidden': {
    status: 503,
    title: 'A file may not be read or written by the user of this process.',
    action: 'Give the named file and its folder to that user (chown), and try again.',
  },
  'files.too-many': {
    status: 503,
    title: 'This process has too many files open.',
    action: 'Raise its limit of open files (LimitNOFILE, ulimit -n).',
  },
  'files.missing': {
    status: 500,
    title: 'A file or folder is missing.',
    action: 'Make the named folder or bring the file back; check the path, also TMPDIR.',
  },
  'data.locked': {
    status: 409,
    title: 'Another process is using the data folder.',
    action: 'Stop it, or talk to it: commands reach a running server through its socket.',
  },
  'data.newer': {
    status: 409,
    title: 'The data folder was written by a newer Surety.',
    action: 'Run that version or a later one.',
  },
  'store.unavailable': {
    status: 503,
    title: 'The state of Surety could not be read or written.',
    action: 'Try again; the operator of this gate can check the disk of the data folder.',
  },
  'retention.clock': {
    status: 409,
    title: 'The clock is far from the time last seen, so nothing is destroyed by its age.',
    action:
      'Check the clock of the machine. Where it is right, as after a long time off: surety retention confirm-clock.',
  },
  'data.mismatch': {
    status: 409,
    title: 'Parts of the data folder do not belong together.',
    action:
      'Bring back the part that is missing or is of another time, or restore a backup into another folder. To go on with the folder as it is: surety adopt.',
  },
  'data.unusable': {
    status: 500,
    title: 'The data folder cannot be used.',
    action: 'Check that it exists, is yours and is writable.',
  },
} as const;
