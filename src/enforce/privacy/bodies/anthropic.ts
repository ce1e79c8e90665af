import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';
import { eachObject, isArray, isObject, type ReadTexts, type Texts } from './texts.ts';

/** A content block of a request, an answer or a tool's result (Anthropic API reference, messages). */
export function readBlock(block: JsonObject, path: JsonPath, texts: Texts): void {
  switch (block['type']) {
    case 'text':
      texts.text([...path, 'text'], block['text']);
      if (isArray(block['citations']) && block['citations'].length > 0)
        texts.tree([...path, 'citations'], block['citations']);
      return;
    case 'thinking':
      texts.startGroup();
      texts.text([...path, 'thinking'], block['thinking']);
      return texts.startGroup();
    case 'redacted_thinking':
      // Sealed by the service for itself.
      return;
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      texts.tree([...path, 'name'], block['name']);
      return texts.tree([...path, 'input'], block['input']);
    case 'tool_result':
    case 'mcp_tool_result':
    case 'search_result':
      texts.startGroup();
      readContent(block['content'], [...path, 'content'], texts);
      texts.startGroup();
      for (const name of ['title', 'source']) texts.text([...path, name], block[name]);
      return;
    case 'document':
      return readDocument(block, path, texts);
    case 'web_search_tool_result':
    case 'web_fetch_tool_result':
    case 'code_execution_tool_result':
    case 'bash_code_execution_tool_result':
    case 'text_editor_code_execution_tool_result':
      return texts.tree([...path, 'content'], block['content']);
    case 'image':
      return texts.cannotRead(path, 'picture');
    case 'container_upload':
      return texts.cannotRead(path, 'file');
    default:
      return texts.cannotRead(path, 'unknown');
  }
}

function readDocument(block: JsonObject, path: JsonPath, texts: Texts): void {
  texts.startGroup();
  texts.text([...path, 'title'], block['title']);
  texts.startGroup();
  texts.text([...path, 'context'], block['context']);
  texts.startGroup();
  const { source } = block;
  const at = [...path, 'source'];
  if (!isObject(source)) return texts.cannotRead(path, 'unknown');
  if (source['type'] === 'text') texts.text([...at, 'data'], source['data']);
  else if (source['type'] === 'content') readContent(source['content'], [...at, 'content'], texts);
  else texts.cannotRead(at, 'file');
  texts.startGroup();
}

function readContent(content: JsonValue | undefined, path: JsonPath, texts: Texts): void {
  if (!isArray(content)) return texts.text(path, content);
  eachObject({ path, value: content, texts }, (block, at) => readBlock(block, at, texts));
}

export const messagesRequest: ReadTexts = (document, texts) => {
  texts.others([], document, new Set(['model', 'stream', 'system', 'messages']));
  texts.startGroup();
  readContent(document['system'], ['system'], texts);
  eachObject({ path: ['messages'], value: document['messages'], texts }, (message, at) => {
    texts.startGroup();
    readContent(message['content'], [...at, 'content'], texts);
  });
};

export const messagesAnswer: ReadTexts = (document, texts) => {
  texts.startGroup();
  readContent(document['content'], ['content'], texts);
  texts.tree(['error'], document['error']);
};
