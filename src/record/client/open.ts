import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, Fault, type Log } from '../../kernel/index.ts';
import type { EngineEvent, EngineSettings, OpenedState } from '../engine/messages.ts';
import { checkpointPath } from '../engine/integrator.ts';
import { type LedgerKeys, openLedgerKeys } from '../keys.ts';
import type { Ledger } from '../ledger.ts';
import { defaultLedgerOptions, type LedgerOptions } from '../settings.ts';
import type { Cursors } from '../store.ts';
import { isOrigin, parseVerifierKeys } from '../tree/note.ts';
import { type ChannelEvents, type EngineChannel, type OpenChannel, openThreadChannel } from './channel.ts';
import { createLedger } from './ledger.ts';

export interface OpenLedger {
  /** The ledger's own folder. */
  readonly folder: string;
  /** The search index: outside the folder, because it may be thrown away. */
  readonly indexFile: string;
  /** Where the signing keys lie: outside the folder, which others may read. */
  readonly keysFolder: string;
  /** The name in checkpoints and verifier keys, such as `ai.example.com/ledger`. */
  readonly origin: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly cursors: Cursors;
  readonly options?: Partial<LedgerOptions>;
  readonly openChannel?: OpenChannel;
}

/** Whether a ledger was ever opened in a folder: each has a checkpoint before it takes an entry. */
export function isLedgerBegun(folder: string): boolean {
  return existsSync(join(folder, checkpointPath));
}

export const verifierKeysPath = 'verifier-keys';

/**
 * Opens the ledger, bringing back what a crash left in its journal. Throws Fault `ledger.damaged` where the folder does not fit
 * together, and `data.unusable` where it cannot be written.
 */
export async function openLedger(given: OpenLedger): Promise<Ledger> {
  const { folder, indexFile, keysFolder, origin, openChannel = openThreadChannel } = given;
  if (!isOrigin(origin))
    throw new Fault('policy.invalid', {
      detail: 'The origin of the ledger needs printable ASCII without space or plus.',
    });
  const options = { ...defaultLedgerOptions, ...given.options };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A new key beside a ledger that was signed would only say later, and worse, that the old one is missing.
  const keys = openLedgerKeys({ folder: keysFolder, origin, make: !isLedgerBegun(folder) });
  const known = publishVerifierKeys(folder, keys);
  const { signingKey } = keys;
  const { checkpointEveryMs, segmentBytes, roomBytes, reserveBytes, diskPollMs, reopenAfterMs, tailBytes } =
    options;
  const engineOptions = {
    checkpointEveryMs,
    segmentBytes,
    roomBytes,
    reserveBytes,
    diskPollMs,
    reopenAfterMs,
    tailBytes,
  };
  const settings: EngineSettings = {
    folder,
    indexFile,
    origin,
    signingKey,
    verifierKeys: known,
    ...engineOptions,
  };
  const { channel, opened, follow } = await startChannel(openChannel, settings, given.log);
  logOpening(given.log, opened);
  return createLedger({ ...given, options, channel, opened, follow, verifierKey: keys.verifierKeys[0] });
}

/** Adds keys the folder does not name yet. A key once published stays: older checkpoints are verified with it. */
function publishVerifierKeys(folder: string, { verifierKeys }: LedgerKeys): string[] {
  const path = join(folder, verifierKeysPath);
  const published = existsSync(path) ? parseVerifierKeys(readFileSync(path)) : [];
  if (!published)
    throw new Fault('ledger.damaged', {
      detail: `${path} holds something other than verifier keys, one a line and each once.`,
    });
  const added = verifierKeys.filter((key) => !published.includes(key));
  if (added.length > 0) {
    // Whole under another name first: a crash must not leave half a key.
    const aside = `${path}.new`;
    writeFileSync(aside, `${[...published, ...added].join('\n')}\n`, { mode: 0o644, flush: true });
    renameSync(aside, path);
  }
  // Only keys this machine holds are trusted; the published file is for readers, and anyone may have changed it.
  return [...verifierKeys];
}

async function startChannel(openChannel: OpenChannel, settings: EngineSettings, log: Log) {
  const early: EngineEvent[] = [];
  let onEvent = (event: EngineEvent) => {
    early.push(event);
  };
  let onEnded = (_problem: string) => {};
  const { promise, resolve, reject } = Promise.withResolvers<OpenedState>();
  const channel: EngineChannel = openChannel(settings, {
    onEvent(event) {
      if (event.type === 'opened') resolve(event.state);
      else if (event.type === 'checking')
        log.info('The entries of the ledger are checked before anything is signed.', {
          done: event.done,
          total: event.total,
        });
      else if (event.type === 'refused') reject(new Fault(event.code, { detail: event.detail }));
      else onEvent(event);
    },
    onEnded(problem) {
      reject(new Fault('data.unusable', { detail: problem }));
      onEnded(problem);
    },
  });
  const follow = (events: ChannelEvents) => {
    ({ onEvent, onEnded } = events);
    for (const event of early.splice(0)) onEvent(event);
  };
  try {
    return { channel, opened: await promise, follow };
  } catch (error) {
    await channel.end();
    throw error;
  }
}

function logOpening(log: Log, { size, replayed, tornBytes }: OpenedState): void {
  if (replayed > 0) log.info('Entries were brought back from the journal.', { replayed, size });
  if (tornBytes > 0) {
    log.warn('The journal ended in bytes never acknowledged, which were dropped.', { bytes: tornBytes });
  }
}
