import { Worker } from 'node:worker_threads';
import type { EngineEvent, EngineMessage, EngineSettings } from '../engine/messages.ts';

/** The way to an engine. */
export interface EngineChannel {
  post(message: EngineMessage): void;
  /** Ends the engine after it has closed, or whatever state it is in. */
  end(): Promise<void>;
}

export type OpenChannel = (settings: EngineSettings, events: ChannelEvents) => EngineChannel;

export interface ChannelEvents {
  readonly onEvent: (event: EngineEvent) => void;
  /** The engine is gone and answers nothing more. */
  readonly onEnded: (problem: string) => void;
}

/** The engine on a thread of its own: the event loop of the caller waits for no hash and no disk. */
export const openThreadChannel: OpenChannel = (settings, { onEvent, onEnded }) => {
  // Built code has no type-stripped sources; the file beside this one has its ending.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`../engine/worker.${ending}`, import.meta.url), { workerData: settings });
  worker.on('message', onEvent);
  worker.on('error', (error) => onEnded(error instanceof Error ? error.message : 'unknown'));
  worker.on('exit', () => onEnded('The thread has ended.'));
  return {
    post: (message) =>
      worker.postMessage(message, message.type === 'append' ? [message.frame.buffer] : undefined),
    async end() {
      await worker.terminate();
    },
  };
};
