import { isUtf8 } from 'node:buffer';
import { type JsonValue, parseStrictJson } from '../../../kernel/index.ts';
import { headerValue } from '../headers.ts';
import { percentDecoded, textOf } from '../../privacy/index.ts';
import type { Attributed } from '../states.ts';
import { isJsonType, isTextType, mediaTypeOf } from '../wire/media-type.ts';
import { formTextsOf } from './form-texts.ts';

/** Bytes up to which a body that is no strict JSON is tried as JSON of a laxer kind. */
const maxTried = 262_144;

/** What detectors can look into: JSON with its fields, or plain text. */
export type Content = { readonly text: string; readonly document?: JsonValue };

/** Texts of a body of another kind. `hasData`: it also holds what cannot be read. */
export interface OtherContent {
  readonly texts: readonly string[];
  readonly hasData: boolean;
}

/**
 * The body of a call as detectors read it; undefined where they cannot. Of operations whose bodies the gate knows nothing of, JSON and text are read. What begins as JSON
 * does is read as JSON whatever it is called: escapes would hide from detectors what the service reads.
 */
export function contentOf(state: Attributed): Content | undefined {
  const { document, text, body, headers, operation, snapshot } = state;
  if (document !== undefined && text !== undefined) return { document, text };
  if (operation.operation.body !== 'any') return undefined;
  const type = headerValue(headers, 'content-type');
  const isText = isTextType(type);
  if ((!isText && !isJsonType(type)) || !isUtf8(body)) return undefined;
  const written = body.toString('utf8');
  if (/^\uFEFF?\s*["[{]/.test(written)) {
    const { depth, values } = snapshot.bounds;
    const parsed = parseStrictJson(body, { maxDepth: depth, maxValues: values, takeMemory: () => true });
    if (parsed.ok) return { document: parsed.value, text: parsed.text };
    // Names that stand twice, nesting or values without end: a service may read it all the same. A large one is not parsed to find out.
    if (body.length > maxTried || isJson(written.replace(/^\uFEFF/, ''))) return undefined;
  }
  return isText ? { text: written } : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * What can be read of a body that is neither JSON nor plain text: of a form its fields and the texts among its files, of any other body all of it, if it is
 * text. It counts as unread unless it is a form of nothing but texts.
 */
export function otherContentOf({ body, headers, form }: Attributed): OtherContent {
  if (body.length === 0) return { texts: [], hasData: false };
  // A form has the boundary it was written anew with.
  const type = form?.contentType ?? headerValue(headers, 'content-type');
  if (mediaTypeOf(type) === 'multipart/form-data') {
    const texts = formTextsOf(body, type ?? '');
    if (texts) return texts;
  }
  const text = textOf(body);
  if (text === undefined) return { texts: [], hasData: true };
  const decoded = percentDecoded(text.replaceAll('+', ' '));
  return { texts: decoded === text ? [text] : [text, decoded], hasData: true };
}
