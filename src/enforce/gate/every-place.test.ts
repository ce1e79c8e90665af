import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { JsonObject, JsonValue } from '../../kernel/index.ts';
import { type BodySample, bodySamples } from '../../../test/support/body-samples.ts';
import {
  bodyReadingOf,
  createClassifier,
  createPlaceholders,
  dataSchema,
  inspectBody,
  readingOfFields,
} from '../privacy/index.ts';
import { AnswerHeldBack, createAnswerFilter } from './forward/answer-filter.ts';
import type { Recorded } from './states.ts';
import { formTextsOf } from './steps/form-texts.ts';
import { serverSentEvent, splitEvents } from './wire/sse.ts';
import { wires } from './wire/wires.ts';

/** Nothing is held back for what cannot be read: what is a text must be found wherever it is. */
const classifier = createClassifier(dataSchema.parse({ detect: 'all', unread: 'public' }));
const mail = 'alice.canary@example.com';
const card = '4111111111111111';
const canaries = [mail, card];

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

/** Whether a text says the canary, also behind escapes and cut by what JSON puts between strings. */
function says(text: string, canary: string): boolean {
  const unescaped = text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return unescaped.includes(canary);
}

/** What a service gets of a request; undefined where it gets nothing. */
function sent(name: string, text: string): string | undefined {
  const found = inspectBody(classifier, {
    reading: bodyReadingOf(name),
    direction: 'request',
    document: JSON.parse(text) as JsonValue,
    text,
  });
  assert.ok(found.ok, 'error' in found ? String(found.error) : '');
  return found.highestUnread > 0 ? undefined : found.redact(0, createPlaceholders());
}

function filterOf(name: string, above: 'redact' | 'refuse' = 'redact') {
  const reading = name === 'http' ? readingOfFields({ stream: ['delta.text'] }) : bodyReadingOf(name);
  const data = { classifier, readingOf: () => reading, answers: { ceiling: 0, above } };
  const state = {
    snapshot: { data, bounds: { depth: 64 } },
    route: { name: 'r' },
    operation: { operation: { name } },
    inspection: undefined,
  };
  const filter = createAnswerFilter(state as unknown as Recorded);
  assert.ok(filter);
  return filter;
}

/** What the caller gets of a stream, up to where it is held back. */
function received(name: string, stream: string): string {
  const filter = filterOf(name);
  let left = '';
  try {
    for (const event of splitEvents(stream)) {
      const written = filter.event(event);
      assert.equal(typeof written, 'string');
      left += written as string;
    }
    return left + filter.end();
  } catch (error) {
    assert.ok(
      error instanceof AnswerHeldBack ||
        error instanceof RangeError ||
        (error as Error).name === 'Irreplaceable',
      String(error),
    );
    return left;
  }
}

const written = (events: readonly object[]): string => events.map((event) => serverSentEvent(event)).join('');

describe('every operation of every wire', () => {
  for (const [name, operation] of byName) {
    it(`${name}: has a sample of what it takes and gives`, () => {
      const sample = sampleOf(name);
      assert.equal(sample.request === undefined, operation.body === 'multipart');
      assert.equal(sample.form !== undefined, operation.body === 'multipart');
      if (operation.readEvent) assert.ok(sample.stream && sample.stream.length > 0);
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

describe('a value that is cut in pieces', () => {
  const cuts = (value: string, count: number): string[][] => {
    const all: string[][] = [];
    for (let at = 1; at < value.length; at += 2)
      all.push(
        count === 2
          ? [value.slice(0, at), value.slice(at)]
          : [value.slice(0, at), value.slice(at, at + 3), value.slice(at + 3)],
      );
    return all.filter((pieces) => pieces.every((piece) => piece !== ''));
  };
  const forms: Readonly<Record<string, (pieces: readonly string[]) => readonly [string, object]>> = {
    'parts of a message': (pieces) => [
      'chat.completions',
      { model: 'm', messages: [{ role: 'user', content: pieces.map((text) => ({ type: 'text', text })) }] },
    ],
    messages: (pieces) => [
      'chat.completions',
      { model: 'm', messages: pieces.map((content) => ({ role: 'user', content })) },
    ],
    'messages with answers between': (pieces) => [
      'chat.completions',
      {
        model: 'm',
        messages: pieces.flatMap((content) => [
          { role: 'user', content },
          { role: 'assistant', content: 'go on' },
        ]),
      },
    ],
    'items of an input': (pieces) => [
      'responses',
      {
        model: 'm',
        input: pieces.map((text) => ({ role: 'user', content: [{ type: 'input_text', text }] })),
      },
    ],
    'blocks around thoughts': (pieces) => [
      'messages',
      {
        model: 'm',
        messages: [
          {
            role: 'assistant',
            content: pieces.flatMap((text) => [
              { type: 'text', text },
              { type: 'thinking', thinking: 'hm', signature: 's' },
            ]),
          },
        ],
      },
    ],
    'blocks around an empty result': (pieces) => [
      'messages',
      {
        model: 'm',
        messages: [
          {
            role: 'user',
            content: pieces.flatMap((text) => [
              { type: 'text', text },
              { type: 'tool_result', tool_use_id: 'toolu_1', content: '' },
            ]),
          },
        ],
      },
    ],
    prompts: (pieces) => ['completions', { model: 'm', prompt: pieces }],
  };
  /** What the bodies say besides the pieces. */
  const words = new Set([
    'user',
    'assistant',
    'text',
    'input_text',
    'thinking',
    'tool_result',
    'toolu_1',
    'm',
    'hm',
    's',
    'go on',
  ]);
  for (const [where, form] of Object.entries(forms))
    it(`over ${where} does not reach the service, with and without spaces at the cuts`, () => {
      // What has spaces of its own is cut without more.
      for (const canary of ['alice.canary@example.com', '4111111111111111', '4111 1111 1111 1111'])
        for (const count of [2, 3])
          for (const pieces of cuts(canary, count))
            for (const space of canary.includes(' ') ? [''] : ['', ' ']) {
              const [name, body] = form(pieces.map((piece, index) => (index > 0 ? space + piece : piece)));
              const left = sent(name, JSON.stringify(body)) ?? '';
              const said = stringsOf(JSON.parse(left === '' ? 'null' : left)).filter(
                (one) => !words.has(one),
              );
              const all = said.join('').replaceAll(/\s/g, '');
              assert.ok(!all.includes(canary.replaceAll(' ', '')), `${JSON.stringify(body)}\n${left}`);
            }
    });

  it('over the blocks of a stream does not reach the caller', () => {
    const streams: Readonly<Record<string, (piece: string, index: number) => object[]>> = {
      messages: (text, index) => [
        { type: 'content_block_start', index: 2 * index, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 2 * index, delta: { type: 'text_delta', text } },
        { type: 'content_block_stop', index: 2 * index },
        {
          type: 'content_block_delta',
          index: 2 * index + 1,
          delta: { type: 'thinking_delta', thinking: 'hm' },
        },
        { type: 'content_block_stop', index: 2 * index + 1 },
      ],
      responses: (delta, index) => [
        { type: 'response.output_text.delta', output_index: index, content_index: 0, delta },
        { type: 'response.output_text.done', output_index: index, content_index: 0, text: delta },
      ],
    };
    for (const [name, events] of Object.entries(streams))
      for (const canary of canaries)
        for (const pieces of cuts(canary, 2)) {
          const left = received(
            name,
            written(
              pieces.flatMap((piece, index) => events(`${index === 0 ? 'It is ' : ''}${piece}`, index)),
            ),
          );
          const said = splitEvents(left)
            .map(({ data }) => JSON.parse(data) as { delta?: string | { text?: string } })
            .map(({ delta = '' }) => (typeof delta === 'string' ? delta : (delta.text ?? '')));
          assert.ok(!said.join('').includes(canary), `${name} ${pieces.join('|')}\n${left}`);
          assert.match(said.join(''), /^It is .*\[(?:EMAIL|CARD)_\d\]/);
        }
  });

  it('over the events of a stream does not reach the caller, for every wire', () => {
    const streams: Readonly<Record<string, (piece: string) => object>> = {
      'chat.completions': (content) => ({ choices: [{ index: 0, delta: { content } }] }),
      completions: (text) => ({ choices: [{ index: 0, text }] }),
      responses: (delta) => ({ type: 'response.something_new.delta', output_index: 0, delta }),
      messages: (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
      http: (text) => ({ delta: { text }, id: 1 }),
    };
    for (const [name, event] of Object.entries(streams))
      for (const canary of canaries)
        for (const count of [2, 3])
          for (const pieces of cuts(canary, count)) {
            const left = received(name, written(pieces.map(event)));
            const all = splitEvents(left).flatMap(({ data }) => stringsOf(JSON.parse(data) as JsonValue));
            assert.ok(!all.join('').includes(canary), `${name} ${pieces.join('|')}\n${left}`);
            assert.match(all.join(''), /\[(?:EMAIL|CARD)_1\]/);
          }
  });
});

function stringsOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value as JsonObject).flatMap((one) => stringsOf(one ?? null));
}

describe('what is around the data of events', () => {
  const event = 'data: {"choices":[{"index":0,"delta":{"content":"Hello "}}]}\n\n';
  const odd: Readonly<Record<string, string>> = {
    'a comment': `: ${mail}\n\n`,
    'a comment before the data': `: ${mail}\n${event}`,
    'a byte order mark': `\uFEFFdata: {"choices":[{"index":0,"delta":{"content":"${mail} "}}]}\n\n`,
    'a byte order mark before a comment': `\uFEFF: ${mail}\n\n`,
    'a byte order mark in the middle': `${event}\uFEFFdata: {"a":"${mail}"}\n\n`,
    'an id': `id: ${mail}\n${event}`,
    'an id alone': `id: ${mail}\n\n`,
    'an event name': `event: ${mail}\n${event}`,
    'a time to retry': `retry: ${mail}\n${event}`,
    'an unknown field': `note: ${mail}\n${event}`,
    'a line without a colon': `${mail}\n${event}`,
    'an event without data': `event: x\nnote: ${mail}\n\n`,
    'several data lines': `data: {"choices":[{"index":0,\ndata: "delta":{"content":"${mail} "}}]}\n\n`,
    'several data lines, one of another event': `data: {"a":1}\ndata: ${mail}\n\n`,
    'data that is no JSON': `data: ${mail}\n\n`,
    'data that is a string': `data: "${mail}"\n\n`,
    'data that is a list': `data: ["${mail}"]\n\n`,
    'data without a space': `data:{"a":"${mail}"}\n\n`,
    'data behind a tab': `data:\t{"a":"${mail}"}\n\n`,
    'a name that is there twice': `data: {"a":"${mail}","a":"x"}\n\n`,
    'a name that is there twice, once escaped': `data: {"a":"${mail}","\\u0061":"x"}\n\n`,
    'text behind the end': `data: [DONE]\ndata: ${mail}\n\n`,
    'line ends of all kinds': `: x\r: ${mail}\r\nid: ${mail}\ndata: {"a":"${mail}"}\r\r\n`,
    'data that ends early': `data: {"choices":[{"index":0,"delta":{"content":"${mail}\n\n`,
    'data cut by a carriage return': `data: {"a":"x\rdata: ${mail}"}\n\n`,
  };
  for (const name of ['chat.completions', 'responses', 'messages', 'http'])
    it(`reaches no caller of ${name} where it is personal`, () => {
      for (const [what, text] of Object.entries(odd)) {
        const left = received(name, `${event}${text}${event}`);
        assert.ok(!says(left, mail), `${what}\n${left}`);
      }
    });

  it('is left out or written anew, and ordinary fields stay', () => {
    const stream = `\uFEFFid: 7\nevent: message\nretry: 100\nnote: x\n: y\ndata:{"a":1}\n\n: ping\n\nid: 8\ndata:\n\n`;
    assert.equal(
      received('chat.completions', stream),
      'event: message\nid: 7\nretry: 100\ndata: {"a":1}\n\n:\n\nid: 8\ndata: \n\n',
    );
  });
});

describe('a form', () => {
  const boundary = 'XyZ';
  const type = `multipart/form-data; boundary=${boundary}`;
  const part = (head: string, content: string): string => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`;
  const field = part('Content-Disposition: form-data; name="prompt"', 'x');
  const end = `--${boundary}--\r\n`;
  it('is inspected in every field, name, file name, header and file of text, and around its parts', () => {
    const forms: Readonly<Record<string, string>> = {
      field: part('Content-Disposition: form-data; name="prompt"', mail) + field + end,
      'last field': field + part('Content-Disposition: form-data; name="prompt"', mail) + end,
      'name of a field': part(`Content-Disposition: form-data; name="${mail}"`, 'x') + end,
      'name of a file': part(`Content-Disposition: form-data; name="file"; filename="${mail}"`, '\0') + end,
      'encoded name of a file':
        part(
          `Content-Disposition: form-data; name="file"; filename*=UTF-8''${mail.replace('@', '%40')}`,
          '\0',
        ) + end,
      'header of a part': part(`Content-Disposition: form-data; name="a"\r\nX-Note: ${mail}`, 'x') + end,
      'type of a part':
        part(`Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; a=${mail}`, 'x') + end,
      'file of text':
        part(
          'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav',
          mail,
        ) + end,
      'field of JSON':
        part('Content-Disposition: form-data; name="a"', `{"a":"${mail.replace('@', '\\u0040')}"}`) + end,
      'before the parts': `${mail}\r\n${field}${end}`,
      'behind the parts': `${field}${end}${mail}`,
      'line feeds alone': `--${boundary}\nContent-Disposition: form-data; name="a"\n\n${mail}\n${end}`,
      'no end': field + part('Content-Disposition: form-data; name="a"', mail),
    };
    for (const [what, form] of Object.entries(forms)) {
      const read = formTextsOf(Buffer.from(form), type);
      assert.ok(read, what);
      const found = inspectBody(classifier, { texts: read.texts, unread: [] });
      assert.ok(found.ok && found.highestUnread > 0, what);
    }
  });

  it('that holds nothing but texts counts as read, and one with a file does not', () => {
    assert.equal(formTextsOf(Buffer.from(field + end), type)?.hasData, false);
    const file = part('Content-Disposition: form-data; name="file"; filename="a.wav"', 'RIFF\0');
    assert.equal(formTextsOf(Buffer.from(field + file + end), type)?.hasData, true);
  });
});

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
