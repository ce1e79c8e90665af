import { type Clock, type JsonObject, type Log, parseStrictJson } from '../../../kernel/index.ts';
import { createDownload, type Download, DownloadFailed } from '../../../outbound/index.ts';
import { refused } from './compact.ts';
import type { IssuerSection } from './issuer-section.ts';
import type { KeptKeys } from './kept-keys.ts';
import { type KeySet, keySetBounds, readKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

const timeoutMs = 5_000;
/** Keys older than this are asked for again, beside the calls that use them. */
const refreshAfterMs = 10 * 60_000;
/** An unknown key id is a reason to ask again, but anybody can invent one. */
const pauseMs = 30_000;
/** A try that failed may be repeated sooner: the issuer may be starting. */
const pauseAfterFailureMs = 5_000;
/** Calls that wait for one answer; with more, an issuer that hangs would hold every call of the gate. */
const mostWaiting = 64;

const setTypes = ['application/json', 'application/jwk-set+json'];
const deepestDiscovery = 8;

/** What a set of keys could not be had for: a closed word or a fixed sentence, nothing the issuer wrote. */
class KeysRefused extends Error {}

interface RemoteKeysOptions {
  readonly section: IssuerSection;
  /** Where the last keys outlive a restart. */
  readonly kept: KeptKeys;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keys over HTTP: from the place the policy names, or where the issuer's own discovery document says. Bounded in bytes, time and number, never redirected;
 * one request at a time; a set that cannot be taken leaves the last one in use, for as long as the policy keeps it.
 */
export function createRemoteKeys({ section, kept, clock, log }: RemoteKeysOptions): KeySource {
  const { issuer } = section;
  const bounds = { maxBytes: keySetBounds.bytes, timeoutMs };
  const download = createDownload({ name: `the issuer ${issuer}`, reach: section, bounds });
  let known: KeySet | undefined;
  let knownAt = Number.NEGATIVE_INFINITY;
  let allowedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let waiting = 0;
  let failing = false;

  const restoring = kept.read().then((last) => {
    const reading = last && readKeySet(last.bytes);
    if (!last || !reading?.ok) return;
    known = reading.set;
    // By the wall clock, since the other one began with this process; one that was set back makes nothing younger than now.
    knownAt = clock.elapsed() - Math.max(0, clock.now() - last.fetchedAt);
  });

  async function renewNow(): Promise<void> {
    await restoring;
    try {
      const { set, bytes } = await fetchKeys(download, section);
      known = set;
      knownAt = clock.elapsed();
      await kept.write(bytes, clock.now());
      allowedAt = knownAt + pauseMs;
      for (const { keyId, problem } of known.refused)
        log.warn('a key of an issuer is not used', { issuer, key: keyId, problem });
      if (failing) log.info('the keys of an issuer can be had again', { issuer });
      failing = false;
    } catch (error) {
      allowedAt = clock.elapsed() + pauseAfterFailureMs;
      if (!failing)
        log.error('the keys of an issuer cannot be had; the last ones stay in use', {
          issuer,
          problem: problemOf(error),
        });
      failing = true;
    }
  }

  function start(): Promise<void> | undefined {
    if (running) return running;
    if (clock.elapsed() < allowedAt) return undefined;
    running = renewNow().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    current() {
      if (!known) return refused('token.keys-unavailable');
      const age = clock.elapsed() - knownAt;
      if (age > refreshAfterMs) void start();
      return age > section.keep ? refused('token.keys-stale') : known;
    },
    renew() {
      if (waiting >= mostWaiting) return undefined;
      const answer = start();
      if (!answer) return undefined;
      waiting++;
      return answer.finally(() => {
        waiting--;
      });
    },
    state() {
      const ageMs = known && clock.elapsed() - knownAt;
      return { ageMs, usable: ageMs !== undefined && ageMs <= section.keep };
    },
    async close() {
      await download.close();
      await Promise.all([restoring, running]);
    },
  };
}

async function fetchKeys(
  download: Download,
  section: IssuerSection,
): Promise<{ set: KeySet; bytes: Buffer }> {
  const url = section.keys ?? (await discover(download, section.issuer));
  const { status, body } = await download.fetch({ url, mediaTypes: setTypes });
  if (status !== 200) throw new KeysRefused(`the place of its keys answered ${status}`);
  const reading = readKeySet(body);
  if (!reading.ok) throw new KeysRefused(`its key set cannot be taken: ${reading.problem}`);
  return { set: reading.set, bytes: body };
}

/** OpenID Connect Discovery 1.0, sections 4 and 4.3: the document must name the very issuer it was asked of. */
async function discover(download: Download, issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, body } = await download.fetch({ url, mediaTypes: ['application/json'] });
  if (status !== 200) throw new KeysRefused(`its discovery document answered ${status}`);
  const parsed = parseStrictJson(body, deepestDiscovery);
  const value = parsed.ok ? parsed.value : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new KeysRefused('its discovery document is no strict JSON object');
  const { issuer: named, jwks_uri: place } = value as JsonObject;
  if (named !== issuer) throw new KeysRefused('its discovery document is of another issuer');
  if (typeof place !== 'string') throw new KeysRefused('its discovery document names no place of keys');
  return place;
}

function problemOf(error: unknown): string {
  if (error instanceof DownloadFailed) return `the download failed: ${error.reason}`;
  return error instanceof KeysRefused ? error.message : 'unknown';
}
