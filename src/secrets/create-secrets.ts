import { resolve } from 'node:path';
import { type Clock, Fault, type Log, Secret } from '../kernel/index.ts';
import { type FileReading, followFile, readSmallFile } from './follow-file.ts';
import { parseSecretReference, type SecretSource } from './reference.ts';
import type { LiveSecret, SecretReference, Secrets } from './secrets.ts';

/** Private keys and certificate chains fit; a log file named by mistake does not. */
const longestSecretBytes = 64 * 1024;

export interface SecretsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What relative `file:` paths start from: the folder of the policy. */
  readonly baseFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How often a followed file is read even when no change was noticed. */
  readonly pollMs?: number;
}

type Outcome =
  | { readonly ok: true; readonly secret: Secret }
  | { readonly ok: false; readonly problem: string };

/** Secrets from environment variables and files. */
export function createSecrets(options: SecretsOptions): Secrets {
  const { environment, baseFolder, log } = options;
  const followed = new Set<LiveSecret>();

  function readVariable(name: string): Outcome {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === undefined ? { ok: false, problem: 'is not set' } : checkSecret(Buffer.from(value));
  }

  function takeFile(reference: SecretReference, reading: FileReading): Outcome {
    if (!reading.ok) return reading;
    if ((reading.mode & 0o004) !== 0) {
      log.warn('a secret file is readable by every user of the machine; take that right away (chmod o-r)', {
        reference,
      });
    }
    return checkSecret(reading.bytes);
  }

  async function followSecret(reference: SecretReference, source: SecretSource): Promise<LiveSecret> {
    const live = createLiveSecret(reference, options);
    if (source.provider === 'env') {
      live.take(readVariable(source.name));
      return live;
    }
    const path = resolve(baseFolder, source.path);
    const initial = await readSmallFile(path, longestSecretBytes);
    live.take(takeFile(reference, initial));
    const file = followFile({
      path,
      maxBytes: longestSecretBytes,
      initial,
      onChange: (reading) => live.take(takeFile(reference, reading)),
      log,
      ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
    });
    live.onClose(() => file.stop());
    return live;
  }

  return {
    async read(reference) {
      const source = sourceOf(reference);
      const outcome =
        source.provider === 'env'
          ? readVariable(source.name)
          : takeFile(reference, await readSmallFile(resolve(baseFolder, source.path), longestSecretBytes));
      if (!outcome.ok) throw unavailable(reference, outcome.problem);
      return outcome.secret;
    },
    async follow(reference) {
      const live = await followSecret(reference, sourceOf(reference));
      followed.add(live);
      return live;
    },
    close() {
      for (const live of followed) live.close();
      followed.clear();
    },
  };
}

/** The text is not repeated: where a reference belongs, people paste the secret itself. */
function sourceOf(reference: SecretReference): SecretSource {
  const source = parseSecretReference(reference);
  if (!source) throw new Fault('secret.invalid');
  return source;
}

function unavailable(reference: SecretReference, problem: string): Fault {
  return new Fault('secret.unavailable', { detail: `${reference} ${problem}.` });
}

/** One line ending at the end comes from editors and `echo`, and is not meant. Anything else is. */
function checkSecret(bytes: Buffer): Outcome {
  if (bytes.length > longestSecretBytes) {
    return { ok: false, problem: `is larger than ${longestSecretBytes} bytes` };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, problem: 'is not text (UTF-8)' };
  }
  const value = text.replace(/\r?\n$/, '');
  return value.trim() === '' ? { ok: false, problem: 'is empty' } : { ok: true, secret: new Secret(value) };
}

interface FollowedSecret extends LiveSecret {
  take(outcome: Outcome): void;
  onClose(stop: () => void): void;
}

/** Keeps the last good value: a secret that vanishes for a moment while it is rotated must not stop traffic. */
function createLiveSecret(reference: SecretReference, { clock, log }: SecretsOptions): FollowedSecret {
  let secret: Secret | undefined;
  let readAt = 0;
  let problem = 'was not read';
  let stop = () => {};
  return {
    get readAt() {
      return readAt;
    },
    current() {
      if (!secret) throw unavailable(reference, problem);
      return secret;
    },
    take(outcome) {
      if (outcome.ok) {
        if (secret) log.info('a secret changed and was read again', { reference });
        secret = outcome.secret;
        readAt = clock.now();
        return;
      }
      problem = outcome.problem;
      const consequence = secret ? 'its last value stays in use' : 'what needs it does not work';
      log.warn(`a secret cannot be read; ${consequence}`, { reference, problem });
    },
    onClose(listener) {
      stop = listener;
    },
    close: () => stop(),
  };
}
