import { fileURLToPath } from 'node:url';

/** What a newcomer begins with. */
export const starterPolicyFile = fileURLToPath(new URL('../../policies/starter.yaml', import.meta.url));
