import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClassifier, createPlaceholders, dataSchema, Redactor } from '../src/enforce/privacy/index.ts';
import { redactNaively } from './naive-redaction.ts';

/** Redacts a prompt. Gives how many things it found or replaced, so that nothing is optimised away. */
export type Redact = (prompt: string) => number | Promise<number>;

const peers = join(import.meta.dirname, 'peers/node_modules');

interface Contestant {
  readonly name: string;
  /** A file of a package that may be missing. */
  readonly needs?: string;
  load(): Promise<Redact> | Redact;
}

const importPeer = (path: string): Promise<unknown> => import(pathToFileURL(join(peers, path)).href);

/** In the order they take their turns. */
export const contestants: readonly Contestant[] = [
  { name: 'Surety', load: surety },
  { name: 'loop over the same patterns', load: () => redactNaively },
  { name: 'redact-pii', needs: 'redact-pii/lib/index.js', load: redactPii },
  { name: 'secretlint', needs: '@secretlint/core/module/index.js', load: secretlint },
];

export const isHere = ({ needs }: Contestant): boolean =>
  needs === undefined || existsSync(join(peers, needs));

export const everything = createClassifier(dataSchema.parse({ detect: 'all' }));

function surety(): Redact {
  return (prompt) => {
    let found = 0;
    const redactor = new Redactor({
      classifier: everything,
      writing: 'text',
      placeholders: createPlaceholders(),
      ceiling: -1,
      onFinding: () => found++,
    });
    const text = redactor.finish(prompt);
    return text.length > 0 ? found : -1;
  };
}

async function redactPii(): Promise<Redact> {
  const { default: module } = (await importPeer('redact-pii/lib/index.js')) as {
    default: { SyncRedactor: new () => { redact(text: string): string } };
  };
  const redactor = new module.SyncRedactor();
  return (prompt) => redactor.redact(prompt).length;
}

async function secretlint(): Promise<Redact> {
  const { lintSource } = (await importPeer('@secretlint/core/module/index.js')) as {
    lintSource(options: object): Promise<{ messages: unknown[] }>;
  };
  const preset = '@secretlint/secretlint-rule-preset-recommend';
  const { creator } = (await importPeer(`${preset}/module/index.js`)) as { creator: object };
  return async (prompt) => {
    const { messages } = await lintSource({
      source: { content: prompt, filePath: 'prompt.txt', ext: '.txt', contentType: 'text' },
      options: { noPhysicFilePath: true, config: { rules: [{ id: preset, rule: creator }] } },
    });
    return messages.length;
  };
}
