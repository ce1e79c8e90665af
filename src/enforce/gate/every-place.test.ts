import { bodyReadingOf } from '../privacy/index.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type BodySample, bodySamples } from '../../../test/support/body-samples.ts';
import {
  canaries,
  card,
  filterOf,
  mail,
  received,
  says,
  sent,
  stringsOf,
  written,
} from '../../../test/support/inspected.ts';
import type { JsonValue } from '../../kernel/index.ts';
import { splitEvents } from './wire/sse.ts';
import { wires } from './wire/wires.ts';

const operations = Object.values(wires).flatMap((wire) =>
  wire.operations.filter(({ answeredBy }) => answeredBy === 'upstream'),
);
const byName = new Map(operations.map((operation) => [operation.name, operation]));

function sampleOf(name: string): BodySample {
  const sample = bodySamples[name];
  assert.ok(sample, `the operation ${name} has no sample in test/support/body-samples.ts`);
  return sample;
}

type Path = readonly (string | number)[];

/** A document with something done at one place. */
function changed(
  document: object,
  path: Path,
  change: (holder: Record<string | number, unknown>, last: string | number) => void,
): object {
  const root = { root: structuredClone(document) };
  let holder: Record<string | number, unknown> = root;
  const whole: Path = ['root', ...path];
  for (const step of whole.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
  change(holder, whole.at(-1) ?? '');
  return root.root;
}

function pathsOf(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  const own = [{ path, value }];
  if (typeof value !== 'object' || value === null) return own;
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [...own, ...steps.flatMap((step) => pathsOf(Reflect.get(value, step), [...path, step]))];
}

interface Mutation {
  readonly what: string;
  readonly document: object;
}

/** The canary in place of every value, as a member's name and as a new member of every object, as an item of every list. */
function* mutationsOf(document: object, canary: string): Generator<Mutation> {
  for (const { path, value } of pathsOf(document)) {
    const at = path.join('.') || '(top)';
    const made = (what: string, change: Parameters<typeof changed>[2]): Mutation => ({
      what: `${at}: ${what}`,
      document: changed(document, path, change),
    });
    if (path.length > 0)
      for (const [what, put] of [
        ['value', canary],
        ['value behind a prefix', `call_${canary}`],
        ['list', [canary]],
        ['object', { type: 'text', text: canary }],
        ['number', canary === card ? Number(card) : 0],
      ] as const)
        yield made(what, (holder, last) => {
          holder[last] = put;
        });
    if (Array.isArray(value))
      for (const put of [canary, [canary], { x: canary }, { type: 'text', text: canary }])
        yield made('item', (holder, last) => void (holder[last] as unknown[]).push(put));
    else if (typeof value === 'object' && value !== null)
      for (const member of [
        { x_extra: canary },
        { x_extra: { y: [{ z: canary }] } },
        { [canary]: 1 },
        { [canary]: null },
        { x_extra: { [canary]: true } },
      ])
        yield made('member', (holder, last) => void Object.assign(holder[last] as object, member));
  }
}

describe('every operation of every wire', () => {
  for (const [name, operation] of byName) {
    it(`${name}: has a sample of what it takes and gives`, () => {
      const sample = sampleOf(name);
      assert.equal(sample.request === undefined, operation.body === 'multipart');
      assert.equal(sample.form !== undefined, operation.body === 'multipart');
      // Streams of other operations are not read, and so not passed on where answers are inspected.
      const isRead = operation.readEvent && bodyReadingOf(name).event;
      if (isRead) assert.ok(sample.stream && sample.stream.length > 0);
    });

    it(`${name}: what is personal reaches no service, wherever in a request it is`, () => {
      const { request } = sampleOf(name);
      if (!request) return;
      let count = 0;
      for (const canary of canaries)
        for (const { what, document } of mutationsOf(request, canary)) {
          count++;
          for (const text of writings(document, canary)) {
            const left = sent(name, text);
            assert.ok(left === undefined || !says(left, canary), `${what}\n${text}\n${left}`);
          }
        }
      assert.ok(count > 20);
    });

    it(`${name}: what is personal reaches no caller, wherever in an answer it is`, () => {
      const { answer } = sampleOf(name);
      if (!answer) return;
      for (const canary of canaries)
        for (const { what, document } of mutationsOf(answer, canary))
          for (const text of writings(document, canary)) {
            let left = '';
            try {
              left = filterOf(name).whole(Buffer.from(text)) as string;
            } catch {
              // Held back.
            }
            assert.equal(typeof left, 'string');
            assert.ok(!says(left, canary), `${what}\n${text}\n${left}`);
          }
    });

    it(`${name}: what is personal reaches no caller, wherever in the events of a stream it is`, () => {
      const { stream = [] } = sampleOf(name);
      // A number that goes on in letters is none.
      for (const canary of canaries)
        for (const [index, event] of stream.entries())
          for (const { what, document } of mutationsOf(event, canary === card ? ` ${card} ` : canary)) {
            // A few events around it: what is held back must leave before the end.
            const around = [
              ...stream.slice(Math.max(0, index - 2), index),
              document,
              ...stream.slice(index + 1, index + 3),
            ];
            const left = received(name, `${written(around)}data: [DONE]\n\n`);
            assert.ok(!says(left, canary), `event ${index}, ${what}\n${left}`);
          }
    });
  }
});

/** As it is, and with the first character of the canary as an escape. */
function writings(document: object, canary: string): string[] {
  const text = JSON.stringify(document);
  const first = `\\u00${canary.charCodeAt(0).toString(16)}`;
  const escaped = text.replaceAll(canary, first + canary.slice(1));
  // A number has no escapes.
  return isJson(escaped) ? [text, escaped] : [text];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('bodies with nothing personal in them', () => {
  it('pass unchanged, byte for byte, with every detector on', () => {
    for (const [name, { request, answer }] of Object.entries(bodySamples)) {
      if (request) assert.equal(sent(name, JSON.stringify(request)), JSON.stringify(request), name);
      if (answer)
        assert.equal(filterOf(name).whole(Buffer.from(JSON.stringify(answer))), JSON.stringify(answer), name);
    }
  });

  it('keep ids and sealed tokens, whatever their letters and digits are', () => {
    for (let index = 0; index < 400; index++) {
      const hash = createHash('sha512').update(String(index)).digest();
      const hex = hash.toString('hex');
      const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
      const block = (id: string) => [
        { type: 'thinking', thinking: 'hm', signature: Buffer.concat([hash, hash, hash]).toString('base64') },
        { type: 'redacted_thinking', data: hash.toString('base64url') },
        { type: 'tool_use', id, name: 'f', input: {} },
      ];
      for (const id of [
        `toolu_${hash.toString('base64url').slice(0, 24)}`,
        `call_${hex.slice(0, 24)}`,
        uuid,
        `call_${uuid}`,
      ]) {
        const text = JSON.stringify({ model: 'm', messages: [{ role: 'assistant', content: block(id) }] });
        assert.equal(sent('messages', text), text);
      }
    }
  });

  it('and what only looks sealed is inspected: keys, numbers, texts in base64', () => {
    for (const data of [
      `sk-ant-api03-${'aB3dE5gH7jK9'.repeat(8)}-AAAA`,
      '4111111111111111',
      `x${'A'.repeat(80)}/4111111111111111/`,
      Buffer.from(`${'I am '.repeat(20)}${mail}`).toString('base64'),
      `${'A'.repeat(80)} ${mail}`,
    ]) {
      const text = JSON.stringify({
        model: 'm',
        messages: [{ role: 'assistant', content: [{ type: 'redacted_thinking', data }] }],
      });
      assert.notEqual(sent('messages', text), text, data);
    }
  });

  it('say the same in streams', () => {
    for (const [name, { stream }] of Object.entries(bodySamples)) {
      if (!stream) continue;
      const all = (text: string): string =>
        splitEvents(text)
          .flatMap(({ data }) => stringsOf(JSON.parse(data) as JsonValue))
          .toSorted()
          .join('')
          .length.toString();
      const left = received(name, written(stream));
      assert.ok(Number(all(left)) >= Number(all(written(stream))), name);
      for (const event of stream.filter((one) => !JSON.stringify(one).includes('elta')))
        assert.ok(left.includes(JSON.stringify(event)), `${name}\n${JSON.stringify(event)}\n${left}`);
    }
  });
});
