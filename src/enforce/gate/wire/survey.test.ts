import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../../kernel/index.ts';
import { checkFields, surveyDocument } from './survey.ts';
import type { FieldRules } from './wire.ts';

const stateful = (document: JsonObject) => surveyDocument(document).stateful;

describe('survey', () => {
  it('finds what points at state of other callers, however deep', () => {
    const pointers: readonly JsonObject[] = [
      { messages: [{ content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
      { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] },
      { tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] },
      { input: [{ type: 'item_reference', id: 'msg_1' }] },
      { previous_response_id: 'resp_1' },
      { content: [{ type: 'container_upload', file_id: 'file_1' }] },
    ];
    for (const document of pointers) assert.notEqual(stateful(document), undefined, JSON.stringify(document));
  });

  it('lets schemas describe such names, and empty ones stand', () => {
    const harmless: readonly JsonObject[] = [
      {
        tools: [
          {
            function: {
              parameters: { properties: { file_id: { type: 'string', const: 'x' } }, required: ['file_id'] },
            },
          },
        ],
      },
      { tools: [{ input_schema: { properties: { container: 'string' } } }] },
      { previous_response_id: null },
      { tools: [{ vector_store_ids: [] }] },
      { messages: [{ content: 'my file_id is file-1' }] },
    ];
    for (const document of harmless) assert.equal(stateful(document), undefined, JSON.stringify(document));
  });

  it('a schema beside a pointer hides nothing', () => {
    assert.equal(stateful({ parameters: { a: 1 }, file_id: 'file-1' }), 'file_id');
    assert.equal(stateful({ tools: [{ parameters: {} }, { file_id: 'file-1' }] }), 'file_id');
  });

  it('estimates text by its characters and an attachment by the piece, whatever its bytes', () => {
    const estimate = (document: JsonObject) => surveyDocument(document).promptTokens;
    assert.equal(estimate({ messages: [{ role: 'user', content: 'x'.repeat(4000) }] }), 1001);
    const picture = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
    assert.equal(estimate({ image_url: { url: picture } }), 1000);
    assert.equal(estimate({ source: { data: 'iVBORw0KGgo'.repeat(1000) } }), 1000);
    assert.ok(estimate({ content: 'plain words '.repeat(1000) }) >= 3000, 'long text is no attachment');
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
