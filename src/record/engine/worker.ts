import { parentPort, workerData } from 'node:worker_threads';
import { createLedgerFiles } from '../files.ts';
import { startEngine } from './engine.ts';
import type { EngineMessage, EngineSettings } from './messages.ts';

const port = parentPort;
if (!port) throw new Error('The engine runs as a worker thread.');
const settings = workerData as EngineSettings;
const receive = startEngine({
  settings,
  files: createLedgerFiles(settings.folder),
  post: (event) => port.postMessage(event, event.type === 'durable' && event.used ? [event.used] : []),
});
port.on('message', (message: EngineMessage) => receive(message));
