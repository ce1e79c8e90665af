import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../../kernel/index.ts';
import { type Classifier, createClassifier } from '../classes.ts';
import { createPlaceholders } from '../redact/placeholders.ts';
import { dataSchema } from '../section.ts';
import { type BodyInspection, inspectBody } from './inspect.ts';
import { bodyReadingOf } from './table.ts';

const classifier = createClassifier(dataSchema.parse({ detect: 'all' }));

function inspect(
  operation: string,
  body: object | string,
  direction: 'request' | 'answer' = 'request',
): BodyInspection {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const result = inspectBody(classifier, {
    reading: bodyReadingOf(operation),
    direction,
    document: JSON.parse(text) as JsonObject,
    text,
  });
  assert.ok(result.ok);
  return result;
}

const redact = (inspection: BodyInspection): string => inspection.redact(-1, createPlaceholders());

const canary = 'ada@canary.example';
const arguments_ = JSON.stringify({ to: canary, n: [1, { deep: `<${canary}>` }] });

/** Each place of each wire where text can stand, with the canary in it. */
const requests: Readonly<Record<string, readonly object[]>> = {
  'chat.completions': [
    { messages: [{ role: 'user', content: canary }] },
    { messages: [{ role: 'system', content: canary }] },
    { messages: [{ role: 'developer', content: [{ type: 'text', text: canary }] }] },
    { messages: [{ role: 'user', name: canary, content: 'x' }] },
    { messages: [{ role: 'assistant', content: null, refusal: canary }] },
    { messages: [{ role: 'assistant', content: [{ type: 'refusal', refusal: canary }] }] },
    { messages: [{ role: 'assistant', reasoning_content: canary }] },
    {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: arguments_ } }],
        },
      ],
    },
    {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: '1', type: 'custom', custom: { name: 'f', input: canary } }],
        },
      ],
    },
    { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: arguments_ } }] },
    { messages: [{ role: 'tool', tool_call_id: '1', content: canary }] },
    { messages: [{ role: 'user', content: 'x', extra: { anything: [canary] } }] },
    { messages: [], tools: [{ type: 'function', function: { name: 'f', description: canary } }] },
    {
      messages: [],
      tools: [{ type: 'function', function: { name: 'f', parameters: { properties: { [canary]: {} } } } }],
    },
    { messages: [], prediction: { type: 'content', content: canary } },
    { messages: [], prediction: { type: 'content', content: [{ type: 'text', text: canary }] } },
    { messages: [], user: canary },
    { messages: [], metadata: { note: canary } },
    {
      messages: [],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { description: canary } } },
    },
    { messages: [], stop: [canary] },
  ],
  completions: [{ prompt: canary }, { prompt: ['x', canary] }, { suffix: canary }],
  responses: [
    { input: canary },
    { instructions: canary, input: 'x' },
    { input: [{ role: 'user', content: canary }] },
    { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: canary }] }] },
    {
      input: [
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: canary, annotations: [] }],
        },
      ],
    },
    { input: [{ type: 'function_call', name: 'f', arguments: arguments_ }] },
    { input: [{ type: 'function_call_output', output: canary }] },
    { input: [{ type: 'function_call_output', output: [{ type: 'input_text', text: canary }] }] },
    { input: [{ type: 'custom_tool_call', name: 'f', input: canary }] },
    { input: [{ type: 'custom_tool_call_output', output: canary }] },
    { input: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: canary }] }] },
    { input: [{ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: canary }] }] },
    { input: [{ type: 'mcp_call', name: 'f', arguments: arguments_, output: 'x' }] },
    { input: [{ type: 'mcp_call', name: 'f', arguments: '{}', output: canary }] },
    { input: [{ type: 'web_search_call', action: { type: 'search', query: canary } }] },
    { input: [{ type: 'code_interpreter_call', code: `print("${canary}")` }] },
    { input: [{ type: 'local_shell_call', action: { command: ['mail', canary] } }] },
    { input: 'x', tools: [{ type: 'function', name: 'f', description: canary }] },
    { input: 'x', metadata: { a: canary } },
  ],
  embeddings: [{ input: canary }, { input: ['x', canary] }],
  moderations: [{ input: canary }, { input: [{ type: 'text', text: canary }] }],
  'audio.speech': [{ input: canary }, { input: 'x', instructions: canary }],
  'images.generations': [{ prompt: canary }],
  messages: [
    { system: canary, messages: [] },
    { system: [{ type: 'text', text: canary }], messages: [] },
    { messages: [{ role: 'user', content: canary }] },
    { messages: [{ role: 'user', content: [{ type: 'text', text: canary }] }] },
    { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: canary, signature: 's' }] }] },
    {
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'f', input: { to: [canary] } }] },
      ],
    },
    { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: '1', content: canary }] }] },
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: '1', content: [{ type: 'text', text: canary }] }],
        },
      ],
    },
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: canary } }],
        },
      ],
    },
    {
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              title: canary,
              context: 'x',
              source: { type: 'content', content: [{ type: 'text', text: 'x' }] },
            },
          ],
        },
      ],
    },
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: canary }] },
          ],
        },
      ],
    },
    { messages: [], tools: [{ name: 'f', description: canary, input_schema: {} }] },
    { messages: [], metadata: { user_id: canary } },
    { messages: [], stop_sequences: [canary] },
  ],
  'messages.count_tokens': [{ messages: [{ role: 'user', content: canary }] }],
  http: [{ anything: { at: ['all', canary] } }, { [canary]: 1 }],
};

const answers: Readonly<Record<string, readonly object[]>> = {
  'chat.completions': [
    { choices: [{ index: 0, message: { role: 'assistant', content: canary } }] },
    {
      choices: [
        {
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ function: { name: 'f', arguments: arguments_ } }],
          },
        },
      ],
    },
    { choices: [{ message: { content: 'x' } }, { message: { reasoning: canary } }] },
    { error: { message: canary } },
  ],
  completions: [{ choices: [{ text: canary }] }],
  responses: [
    { output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: canary }] }] },
    { output: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: canary }] }] },
    { output: [{ type: 'function_call', name: 'f', arguments: arguments_ }] },
    { output: [], instructions: canary },
  ],
  messages: [
    { content: [{ type: 'text', text: canary }] },
    { content: [{ type: 'thinking', thinking: canary }] },
    { content: [{ type: 'tool_use', input: { a: canary } }] },
  ],
  'audio.transcriptions': [{ text: canary }],
  http: [{ text: canary }],
};

describe('text of bodies', () => {
  for (const [direction, table] of [
    ['request', requests],
    ['answer', answers],
  ] as const)
    for (const [operation, bodies] of Object.entries(table))
      it(`of ${operation}, ${direction}: is found in every place, and nothing of it stays`, () => {
        for (const body of bodies) {
          const inspection = inspect(operation, body, direction);
          const text = JSON.stringify(body);
          assert.ok(inspection.findings.length > 0, text);
          assert.deepEqual(inspection.unread, [], text);
          const redacted = redact(inspection);
          assert.ok(!redacted.includes('canary'), `${text}\n${redacted}`);
          assert.match(redacted, /\[EMAIL_1\]/);
          JSON.parse(redacted);
        }
      });

  it('that no row of the table knows is read whole', () => {
    assert.equal(inspect('something.new', { a: [{ b: canary }] }).findings.length, 1);
    assert.notEqual(bodyReadingOf('messages'), bodyReadingOf('something.new'));
  });
});

describe('what cannot be read', () => {
  const unread: readonly (readonly [string, object, string])[] = [
    [
      'chat.completions',
      {
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] }],
      },
      'picture',
    ],
    [
      'chat.completions',
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA' } }] }] },
      'sound',
    ],
    [
      'chat.completions',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_data: 'AA' } }] }] },
      'file',
    ],
    [
      'chat.completions',
      { messages: [{ role: 'user', content: [{ type: 'hologram', hologram: canary }] }] },
      'unknown',
    ],
    ['chat.completions', { messages: [{ role: 'user', content: [canary] }] }, 'unknown'],
    ['chat.completions', { messages: [canary] }, 'unknown'],
    ['responses', { input: [{ type: 'teleport', text: canary }] }, 'unknown'],
    [
      'responses',
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
      'picture',
    ],
    [
      'responses',
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_file', file_data: 'x' }] }] },
      'file',
    ],
    ['responses', { input: [{ type: 'computer_call_output', output: {} }] }, 'picture'],
    ['embeddings', { input: [1, 2, 3] }, 'tokens'],
    ['embeddings', { input: [[1, 2], [3]] }, 'tokens'],
    ['completions', { prompt: [1, 2] }, 'tokens'],
    ['messages', { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] }, 'picture'],
    [
      'messages',
      {
        messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', data: 'AA' } }] }],
      },
      'file',
    ],
    ['messages', { messages: [{ role: 'user', content: [{ type: 'novelty' }] }] }, 'unknown'],
  ];
  it('is said with its place and kind, and counts as the highest class unless the policy says another', () => {
    for (const [operation, body, what] of unread) {
      const inspection = inspect(operation, body);
      assert.deepEqual(
        inspection.unread.map((one) => one.what),
        [what],
        JSON.stringify(body),
      );
      assert.equal(inspection.highest, 3);
      assert.equal(inspection.highestUnread, 3);
    }
    const lenient = createClassifier(dataSchema.parse({ detect: 'all', unread: 'internal' }));
    const text = JSON.stringify({ input: [1] });
    const inspection = inspectBody(lenient, {
      reading: bodyReadingOf('embeddings'),
      direction: 'request',
      document: JSON.parse(text) as JsonObject,
      text,
    });
    assert.ok(inspection.ok && inspection.highest === 1);
  });

  it('is what log probabilities are: they tell the answer again, token by token', () => {
    const { unread: said } = inspect(
      'chat.completions',
      { choices: [{ message: { content: 'x' }, logprobs: { content: [] } }] },
      'answer',
    );
    assert.deepEqual(
      said.map(({ what }) => what),
      ['log-probabilities'],
    );
  });

  it('is everything where a detector fails: an answer of its own, never taken for nothing found', () => {
    const failing: Classifier = {
      ...classifier,
      searcher: {
        ...classifier.searcher,
        search() {
          throw new Error('a detector failed');
        },
      },
    };
    const text = JSON.stringify({ messages: [{ role: 'user', content: 'x' }] });
    const result = inspectBody(failing, {
      reading: bodyReadingOf('chat.completions'),
      direction: 'request',
      document: JSON.parse(text) as JsonObject,
      text,
    });
    assert.equal(result.ok, false);
  });
});

describe('text that is cut in two', () => {
  const messages = (...contents: unknown[]) => ({
    messages: contents.map((content) => ({ role: 'user', content })),
  });
  const parts = (...texts: string[]) => texts.map((text) => ({ type: 'text', text }));
  it('over the parts of a message is found, and taken out of each', () => {
    for (const [first, second] of [
      ['card 4111 1111', ' 1111 1111 ok'],
      ['mail ada@cana', 'ry.example ok'],
      ['x 411111111111', '1111.'],
    ] as const) {
      const inspection = inspect('chat.completions', messages(parts(first, second)));
      assert.equal(inspection.findings.length, 1);
      const [a, b] = (
        JSON.parse(redact(inspection)) as { messages: [{ content: [{ text: string }, { text: string }] }] }
      ).messages[0].content;
      assert.match(a.text, /\[[A-Z]+_1\]$/);
      assert.ok(b.text === ' ok' || b.text === '.', b.text);
    }
  });

  it('over many parts is found', () => {
    const inspection = inspect('chat.completions', messages(parts('4111', ' 1111', ' 1111', ' 1111')));
    assert.deepEqual(
      inspection.findings.map(({ detector }) => detector),
      ['card'],
    );
    assert.ok(!/\d{4}/.test(redact(inspection)));
  });

  it('over two messages is found', () => {
    const inspection = inspect('chat.completions', messages('my card is 4111 1111', '1111 1111 as I said'));
    assert.deepEqual(
      inspection.findings.map(({ detector }) => detector),
      ['card'],
    );
  });

  it('is not made up: what each part holds by itself stays what it is', () => {
    const inspection = inspect(
      'chat.completions',
      messages(parts('mail ada@canary.example', 'Thanks'), parts('5', '36-22-497', '2024')),
    );
    assert.deepEqual(
      inspection.findings.map(({ detector, path }) => [detector, path.join('.')]),
      [['email', 'messages.0.content.0.text']],
    );
  });
});

describe('a redacted body', () => {
  it('is the same byte for byte but for the strings that held something', () => {
    const text = `{ "model" : "m",\t"n":1.50E+2, "big":12345678901234567890,
 "messages":[{"content":"\\u0041 \\/ ok","role":"user"}, {"role":"user" ,"content":"to ${canary}"} ] }`;
    assert.equal(redact(inspect('chat.completions', text)), text.replace(canary, '[EMAIL_1]'));
    const clean = text.replace(canary, 'nobody');
    assert.equal(redact(inspect('chat.completions', clean)), clean);
  });

  it('has the same placeholders in every turn of a conversation', () => {
    const first = [{ role: 'user', content: 'I am a@b.com, card 4111111111111111' }];
    const second = [
      ...first,
      { role: 'assistant', content: 'hello a@b.com' },
      { role: 'user', content: 'and c@d.org, a@b.com' },
    ];
    const tools = [{ type: 'function', function: { name: 'f', description: 'mail ops@corp.example' } }];
    const redacted = [first, second].map((messages) =>
      redact(inspect('chat.completions', { messages, tools })),
    );
    const [one, two] = redacted.map((text) =>
      (JSON.parse(text) as { messages: { content: string }[] }).messages.map(({ content }) => content),
    );
    assert.deepEqual(one, ['I am [EMAIL_2], card [CARD_1]']);
    assert.deepEqual(two, [...(one ?? []), 'hello [EMAIL_2]', 'and [EMAIL_3], [EMAIL_2]']);
  });

  it('keeps what is not above the ceiling', () => {
    const inspection = inspect('chat.completions', {
      messages: [{ role: 'user', content: `${canary} 4111111111111111` }],
    });
    assert.match(inspection.redact(2, createPlaceholders()), /ada@canary\.example \[CARD_1\]/);
  });

  it('holds no part of the text in its findings', () => {
    const { findings, unread } = inspect('chat.completions', {
      messages: [{ role: 'user', content: canary }],
    });
    assert.ok(!JSON.stringify({ findings, unread }).includes('canary'));
  });
});
