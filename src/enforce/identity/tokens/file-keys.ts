import { resolve } from 'node:path';
import type { Clock, Log } from '../../../kernel/index.ts';
import { type FileReading, type FollowedFile, followFile, readSmallFile } from '../../../secrets/index.ts';
import { refused } from './compact.ts';
import { type KeySet, keySetBounds, readKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

interface FileKeysOptions {
  readonly issuer: string;
  /** Absolute, or from `baseFolder`. */
  readonly path: string;
  /** The folder of the policy. */
  readonly baseFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keys from a file, for closed networks. A file that vanishes or cannot be read leaves the last keys in use, as secrets do; who wants no key left writes an empty list. */
export function createFileKeys({ issuer, path, baseFolder, clock, log }: FileKeysOptions): KeySource {
  const file = resolve(baseFolder, path);
  let known: KeySet | undefined;
  let knownAt = 0;
  let followed: FollowedFile | undefined;
  let closed = false;

  function take(reading: FileReading): void {
    const set = reading.ok ? readKeySet(reading.bytes) : reading;
    if (!set.ok) {
      const consequence = known ? 'its last keys stay in use' : 'its tokens are refused';
      return log.error(`the file of keys of an issuer cannot be taken; ${consequence}`, {
        issuer,
        problem: set.problem,
      });
    }
    if ('set' in set) {
      known = set.set;
      knownAt = clock.elapsed();
    }
    for (const { keyId, problem } of known?.refused ?? [])
      log.warn('a key of an issuer is not used', { issuer, key: keyId, problem });
  }

  const opened = readSmallFile(file, keySetBounds.bytes).then((initial) => {
    take(initial);
    if (!closed)
      followed = followFile({ path: file, maxBytes: keySetBounds.bytes, initial, onChange: take, log });
  });
  let isOpen = false;
  void opened.finally(() => {
    isOpen = true;
  });

  return {
    current: () => known ?? refused('token.keys-unavailable'),
    state: () => ({ ageMs: known && clock.elapsed() - knownAt, usable: known !== undefined }),
    renew: () => (isOpen ? undefined : opened),
    async close() {
      closed = true;
      await opened;
      followed?.stop();
    },
  };
}
