import { dirname, resolve } from 'node:path';
import type { TokenInspectionView } from '../cli/index.ts';
import {
  compileIdentity,
  inspectToken as inspect,
  type IssuerSection,
  type KeySet,
  keySetBounds,
  readKeySet,
} from '../enforce/identity/index.ts';
import { Fault, systemClock } from '../kernel/index.ts';
import { readSmallFile } from '../secrets/index.ts';
import { findPolicyFile, loadPolicy } from './policy-in-force.ts';

/** What the gate would make of a token under a policy, without a server and without the network. */
export async function inspectToken(options: {
  token: string;
  policyFile: string | undefined;
  dataFolder: string;
  keysFile: string | undefined;
}): Promise<TokenInspectionView> {
  const now = systemClock.now();
  const { policy, file } = await loadPolicy(
    findPolicyFile(options.policyFile, options.dataFolder, false),
    now,
  );
  const { roles, teams, tokens: issuers } = compileIdentity(policy.identity);
  const keys = await keysAtHand(issuers, dirname(file), options.keysFile);
  const keysOf = ({ issuer }: IssuerSection) => keys.get(issuer);
  const inspection = await inspect(options.token, { issuers, roles, teams, now, keysOf });
  const { issuedAt, expiresAt, ...rest } = inspection;
  return {
    ...rest,
    ...(issuedAt !== undefined && { issuedAt: new Date(issuedAt).toISOString() }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}

/** The file that was named stands for every issuer; else each issuer's own, where the policy names a file. */
async function keysAtHand(
  issuers: readonly IssuerSection[],
  baseFolder: string,
  named: string | undefined,
): Promise<ReadonlyMap<string, KeySet>> {
  const found = new Map<string, KeySet>();
  for (const { issuer, keys } of issuers) {
    const own = keys?.startsWith('file:') ? resolve(baseFolder, keys.slice('file:'.length)) : undefined;
    const path = named === undefined ? own : resolve(named);
    if (path !== undefined) found.set(issuer, await readKeys(path));
  }
  return found;
}

async function readKeys(path: string): Promise<KeySet> {
  const reading = await readSmallFile(path, keySetBounds.bytes);
  if (!reading.ok) throw new Fault('api.invalid', { detail: `${path} ${reading.problem}.` });
  const read = readKeySet(reading.bytes);
  if (!read.ok) throw new Fault('api.invalid', { detail: `${path} is no key set: ${read.problem}.` });
  return read.set;
}
