import { asFault } from '../../kernel/index.ts';
import type { LedgerFiles } from '../files.ts';
import { createNoteSigner } from '../tree/note.ts';
import { tileWidth } from '../tree/tiles.ts';
import { BatchAppender } from './appender.ts';
import { describe } from './describe.ts';
import { signFirstCheckpoint } from './first-checkpoint.ts';
import { createIndexing } from './indexing.ts';
import { createIntegrator } from './integrator.ts';
import { createJournal } from './journal.ts';
import { createLookup } from './lookup.ts';
import type { EngineEvent, EngineMessage, EngineSettings, OpenedState } from './messages.ts';
import { createPlacer } from './placer.ts';
import { recover, type Recovered } from './recovery.ts';
import { createRequests } from './requests.ts';
import { createReserve } from './reserve.ts';
import { createSchedule } from './schedule.ts';
import { createSummaries } from './summaries.ts';
import { createTrustedTiles } from './trusted-tiles.ts';

export interface EngineOptions {
  readonly settings: EngineSettings;
  readonly files: LedgerFiles;
  readonly post: (event: EngineEvent) => void;
}

/**
 * The ledger's own thread, as a value: everything that touches the disk or hashes. It opens the folder, answers messages
 * with events, and keeps one rule above all: an entry is called durable only after its frame was synced.
 */
export function startEngine({ settings, files, post }: EngineOptions): (message: EngineMessage) => void {
  try {
    return openEngine({ settings, files, post });
  } catch (error) {
    const { code, detail } = asFault(error);
    const known = code !== 'internal';
    post({
      type: 'refused',
      code: known ? code : 'data.unusable',
      detail: known ? (detail ?? '') : describe(error),
    });
    return () => {};
  }
}

function openEngine({ settings, files, post }: EngineOptions): (message: EngineMessage) => void {
  const { origin, signingKey, verifierKeys } = settings;
  const onProgress = (done: number, total: number) => post({ type: 'checking', done, total });
  const recovered = recover({ files, verifierKeys, onProgress });
  const { tree, tail } = recovered;
  const minimum = { index: recovered.minimumIndex };
  const { journal, reserve, place } = openDisk({ settings, files, recovered });
  const signer = createNoteSigner(origin, signingKey);
  const { signedSize } = recovered;
  const checkpoint = recovered.checkpoint || signFirstCheckpoint(files, signer, origin);
  const integrator = createIntegrator({ files, place, tree, tail, signer, origin, signedSize, checkpoint });
  const tiles = createTrustedTiles({ reader: files, tree, minimum });
  const lookup = createLookup({ reader: files, tiles, tail, tree, signed: integrator });
  const summaries = createSummaries();
  const indexing = createIndexing({
    path: settings.indexFile,
    wholeBundles: () => Math.floor(integrator.signedSize / tileWidth),
    firstBundle: () => minimum.index / tileWidth,
    lookup,
    summaries,
    post,
  });
  const schedule = createSchedule({
    settings,
    tree,
    integrator,
    journal,
    indexing,
    reserve,
    files,
    post,
    integrated: (problem) => appender.integrated(problem),
  });
  const appender = new BatchAppender({ settings, tree, tail, journal, reserve, schedule, summaries, post });
  const receive = createRequests({
    files,
    place,
    tree,
    integrator,
    lookup,
    indexing,
    schedule,
    appender,
    minimum,
    post,
  });

  appender.open();
  const freeBytes = files.freeBytes();
  reserve.restore(freeBytes);
  post({ type: 'opened', state: { ...stateOf(recovered), freeBytes } });
  schedule.start();
  return (message) => {
    if (message.type === 'append') appender.append(message);
    else receive(message.id, message.request);
  };
}

function openDisk({
  settings,
  files,
  recovered: { segments, tree },
}: Omit<EngineOptions, 'post'> & { readonly recovered: Recovered }) {
  const { segmentBytes, roomBytes, reserveBytes } = settings;
  // One whose header was never written holds nothing. Taken to begin at 0, it would have the segment before it removed with entries that are not signed.
  const startAfter = (position: number): number =>
    segments.slice(position).find(({ content }) => content)?.content?.header.start ?? tree.size;
  const journal = createJournal({
    files,
    segmentBytes,
    roomBytes,
    present: segments.map(({ path }, position) => ({ path, start: startAfter(position) })),
    nextSequence: (segments.at(-1)?.sequence ?? 0) + 1,
  });
  return { journal, reserve: createReserve(files, reserveBytes), place: createPlacer(files) };
}

function stateOf({
  tree,
  signedSize,
  minimumIndex,
  replayed,
  tornBytes,
  lastChange,
}: Recovered): Omit<OpenedState, 'freeBytes'> {
  return { size: tree.size, signedSize, minimumIndex, replayed, tornBytes, lastChange };
}
