import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  canaries,
  classifier,
  mail,
  received,
  says,
  sent,
  stringsOf,
  written,
} from '../../../test/support/inspected.ts';
import type { JsonValue } from '../../kernel/index.ts';
import { inspectBody } from '../privacy/index.ts';
import { formTextsOf } from './steps/form-texts.ts';
import { splitEvents } from './wire/sse.ts';

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
