/** Why a recorded call cannot be decided again, or cannot wholly. Each is counted and named: nothing passes in silence. */
export const unreplayable = {
  'policy-not-kept': 'recorded under a policy whose text is not kept in the data folder',
  'fields-not-recorded': 'recorded without its route and operation (refusals of a flood, counted together)',
  'path-not-recorded': 'the path is not recorded, and the candidate tells paths of its route apart',
  'model-not-recorded': 'the model is not recorded, and the candidate decides by it',
  'roles-not-recorded': 'the roles of the caller are not recorded',
  'role-gone': 'the caller had a role that neither the policy in force nor the candidate has',
  'team-gone': 'the caller had a team that neither the policy in force nor the candidate has',
  'limit-not-known':
    'refused then, and let through by the candidate if it fits its limits, which what is recorded cannot tell',
  'address-limit-not-known':
    'refused by the limit of its address: all that is asked from there counts for it, and not all of that is recorded',
  'address-not-recorded': 'refused by its address, which is recorded as a pseudonym only',
  'data-not-recorded':
    'refused for the data it held, which is not recorded, and the candidate has other classes, detectors or ceilings',
  'body-not-recorded': 'refused for a body whose size is not recorded, and the candidate takes larger ones',
} as const;

export type Unreplayable = keyof typeof unreplayable;

/** Parts in which the candidate differs from the policy a call was recorded under, and which the record does not suffice to judge. */
export const unjudged = {
  limits:
    'fits its limits by what is recorded, but not all that counts for them is: calls before that could not be decided, were refused then, or lie before the record',
  'address-limits':
    'another limit of addresses: all that is asked from one counts for it, and not all of that is recorded',
  addresses: 'other address lists: addresses are recorded as pseudonyms only',
  credentials: 'other ways to identify a caller: credentials are not recorded',
  data: 'other classes of data, detectors or ceilings: what calls held is not recorded',
  bodies: 'a smaller depth of JSON: bodies are not recorded',
  wires: 'another wire or operation on the path: what its bodies must hold is not replayed',
} as const;

export type Unjudged = keyof typeof unjudged;
