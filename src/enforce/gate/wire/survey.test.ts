import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../kernel/index.ts';
import { readOutputAsked } from './output.ts';
import { findStoredState } from './stored-state.ts';
import { type Attachment, checkFields, promptBound, surveyDocument } from './survey.ts';
import type { FieldRules } from './wire.ts';

const problemOf = (document: JsonObject, holdsItems = false): string | undefined =>
  findStoredState(document, holdsItems) ?? surveyDocument(document).problem;

describe('survey', () => {
  it('finds what points at state of other callers, however deep and of whatever type', () => {
    const pointers: readonly JsonObject[] = [
      { messages: [{ content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      { tools: [{ type: 'function', name: 'x', vector_store_ids: ['vs_1'] }] },
      { input: [{ content: [{ type: 'input_file', file_id: { id: 'file-1' } }] }] },
      { input: [{ role: 'user', parameters: 1, content: [{ schema: { file_id: 'file-1' } }] }] },
      { previous_response_id: 'resp_1' },
      { extra: { container: 0 } },
      { content: [{ type: 'container_upload', file_id: 'file_1' }] },
    ];
    for (const document of pointers)
      assert.notEqual(problemOf(document), undefined, JSON.stringify(document));
  });

  it('lets schemas and arguments describe such names, and empty ones stand', () => {
    const harmless: readonly JsonObject[] = [
      {
        tools: [
          {
            type: 'function',
            function: {
              parameters: {
                properties: { file_id: { type: 'string', const: 'x' }, Model: {} },
                required: ['file_id'],
              },
            },
          },
        ],
      },
      { tools: [{ name: 'x', input_schema: { properties: { container: 'string' } } }] },
      { messages: [{ content: [{ type: 'tool_use', input: { file_id: 'x', Role: 'y' } }] }] },
      { metadata: { file_id: 'x', Model: 'y' } },
      { previous_response_id: null },
      { tools: [{ type: 'function', name: 'x', vector_store_ids: [] }] },
      { messages: [{ content: 'my file_id is file-1' }] },
    ];
    for (const document of harmless) assert.equal(problemOf(document), undefined, JSON.stringify(document));
  });

  it('a schema beside a pointer hides nothing', () => {
    assert.match(problemOf({ parameters: { a: 1 }, file_id: 'file-1' }) ?? '', /"file_id"/);
    assert.match(
      problemOf({
        tools: [
          { name: 'x', parameters: {} },
          { name: 'y', file_id: 'f' },
        ],
      }) ?? '',
      /"file_id"/,
    );
  });

  it('refuses members that a parser without regard to case takes for one the gateway reads, wherever they stand', () => {
    const names = [
      'Model',
      'MODEL',
      'mOdel',
      'Max_Tokens',
      'max_to\u212Aens',
      '\u017Ftore',
      'Messages',
      'STREAM',
      'N',
    ];
    for (const name of names) assert.match(problemOf({ [name]: 1 }) ?? '', /but for case/, name);
    for (const document of [
      { messages: [{ role: 'user', Content: 'x' }] },
      { messages: [{ content: [{ Type: 'text' }] }] },
      { tools: [{ name: 'x', Function: {} }] },
      { audio: { Voice: 'x' } },
    ])
      assert.match(problemOf(document) ?? '', /but for case/, JSON.stringify(document));
    for (const name of ['userId', 'Größe', 'X', 'my-field'])
      assert.equal(problemOf({ [name]: 1 }), undefined, name);
  });

  it('counts a prompt with no less tokens than any tokenizer makes of its text', () => {
    const bound = (document: JsonObject, attached = 1000): number =>
      promptBound(
        Buffer.byteLength(JSON.stringify(document)),
        surveyDocument(document).attachments,
        attached,
      );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (content) => {
        assert.ok(bound({ messages: [{ role: 'user', content }] }) >= Buffer.byteLength(content));
      }),
    );
    const ids = Array.from({ length: 500 }, (_, id) => id);
    assert.ok(bound({ input: [ids, ids] }) >= 1000);
    assert.equal(surveyDocument({ input: [ids, ids] }).likelyTokens, 1000);
    assert.equal(surveyDocument({ content: 'x'.repeat(4000) }).likelyTokens, 1000);
  });

  it('counts an attachment by the piece where one can stand, and text that only looks like one as text', () => {
    const attachments = (document: JsonObject) => surveyDocument(document).attachments;
    const picture = `data:image/png;base64,${'A'.repeat(40_000)}`;
    assert.deepEqual(attachments({ image_url: { url: picture } }), [
      { kind: 'picture', length: picture.length },
    ]);
    assert.deepEqual(attachments({ type: 'input_image', image_url: 'https://example.com/a.png' }), [
      { kind: 'picture', length: 25 },
    ]);
    assert.deepEqual(attachments({ input_audio: { data: 'A'.repeat(4096) } }), [
      { kind: 'other', length: 4096 },
    ]);
    for (const content of ['data: ' + 'word '.repeat(2000), picture, 'A'.repeat(5000)])
      assert.deepEqual(attachments({ messages: [{ role: 'user', content }] }), []);
    assert.deepEqual(attachments({ file_data: 'data:text/plain;base64,no base64 at all' }), []);
    const sound: readonly Attachment[] = [{ kind: 'other', length: 800_000 }];
    assert.equal(promptBound(800_100, sound, 1000), 100_100);
  });
});

describe('items and tools', () => {
  const problem = (document: JsonObject) => findStoredState(document, true);

  it('that hold their own content pass, as SDKs send them back', () => {
    const items: readonly JsonObject[] = [
      { role: 'user', content: 'x' },
      { type: 'message', role: 'assistant', id: 'msg_1', content: [{ type: 'output_text', text: 'x' }] },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'x', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'x' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
      { type: 'image_generation_call', id: 'ig_1', result: 'iVBOR' },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
    ];
    for (const item of items) assert.equal(problem({ input: [item] }), undefined, JSON.stringify(item));
  });

  it('that are a reference, or of a kind that is not known, are refused', () => {
    const items = [
      { id: 'msg_1' },
      { type: null, id: 'msg_1' },
      { type: 'item_reference', id: 'msg_1' },
      { type: 'message', id: 'msg_1' },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'image_generation_call', id: 'ig_1' },
      { type: 'file_search_call', id: 'fs_1' },
      { type: 'code_interpreter_call', id: 'ci_1', container_id: 'c' },
      { type: 'mcp_call', id: 'mcp_1' },
      { type: 'tomorrows_item', id: 'x' },
      { type: ['message'], role: 'user', content: 'x' },
      'msg_1',
      ['msg_1'],
      null,
    ];
    for (const item of items)
      assert.match(problem({ input: [item] }) ?? '', /input\[0\]/, JSON.stringify(item));
    assert.match(problem({ input: [{ type: 'item_reference', id: 'x' }] }) ?? '', /"store": false/);
  });

  it('tools that keep or reach state at the service are refused, and those not known', () => {
    const tools = [
      { type: 'file_search', vector_store_ids: [] },
      { type: 'code_interpreter', container: { type: 'auto' } },
      { type: 'mcp', server_url: 'http://169.254.169.254' },
      { type: 'shell', environment: { type: 'container_auto' } },
      { type: 'code_execution_20250825', name: 'code_execution' },
      { type: 'tomorrows_tool' },
      { type: 'web_search_preview; file_search' },
      'file_search',
    ];
    for (const tool of tools)
      assert.match(problem({ tools: [tool] }) ?? '', /tools\[0\]/, JSON.stringify(tool));
    for (const tool of [
      { type: 'function', function: { name: 'x' } },
      { type: 'custom', name: 'x' },
      { type: 'web_search_preview_2025_03_11' },
      { type: 'bash_20250124', name: 'bash' },
      { name: 'x', input_schema: {} },
    ])
      assert.equal(problem({ tools: [tool] }), undefined, JSON.stringify(tool));
  });

  it('a spoken answer by its id is refused', () => {
    assert.match(
      problem({ messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }) ?? '',
      /messages\[0\]\.audio/,
    );
  });
});

describe('what is asked of the output', () => {
  it('is the largest of all maxima, for every answer and prompt', () => {
    const asked = (document: JsonObject) => readOutputAsked(document);
    assert.deepEqual(asked({ max_tokens: 100_000, max_completion_tokens: 1 }), {
      answers: 1,
      maximum: 100_000,
      zeroAt: undefined,
    });
    assert.equal(asked({ n: 3, best_of: 5 }).answers, 5);
    assert.equal(asked({ n: 2, prompt: ['a', 'b', [1, 2]] }).answers, 6);
    assert.equal(asked({ prompt: [1, 2, 3] }).answers, 1);
    assert.equal(asked({}).maximum, undefined);
    assert.deepEqual(asked({ max_tokens: 0, max_completion_tokens: 5 }), {
      answers: 1,
      maximum: undefined,
      zeroAt: 'max_tokens',
    });
  });
});

describe('fields', () => {
  const rules: FieldRules = {
    model: ['string', 'required'],
    messages: 'array',
    stream: 'boolean',
    n: 'count',
    options: 'object',
    input: 'text or array',
  };

  it('of the right types pass, also null ones that need not be there', () => {
    const document = { model: 'm', messages: [], stream: true, n: 0, options: {}, input: 'x', other: 1 };
    assert.equal(checkFields(document, rules), undefined);
    assert.equal(checkFields({ model: 'm', messages: null, n: null }, rules), undefined);
  });

  it('of wrong types are named, with what they must be', () => {
    const wrong: readonly (readonly [JsonObject, RegExp])[] = [
      [{}, /^"model" is missing; it must be a string$/],
      [{ model: null }, /^"model" is missing/],
      [{ model: 1 }, /^"model" must be a string$/],
      [{ model: 'm', messages: {} }, /^"messages" must be an array$/],
      [{ model: 'm', stream: 'true' }, /^"stream" must be true or false$/],
      [{ model: 'm', n: -1 }, /^"n" must be a whole number from 0$/],
      [{ model: 'm', n: 1.5 }, /"n"/],
      [{ model: 'm', n: 1e300 }, /"n"/],
      [{ model: 'm', options: [] }, /^"options" must be an object$/],
      [{ model: 'm', input: {} }, /^"input" must be a string or an array$/],
    ];
    for (const [document, sentence] of wrong) assert.match(checkFields(document, rules) ?? '', sentence);
  });
});
