import { isUtf8 } from 'node:buffer';
import { type JsonValue, parseStrictJson } from '../../../kernel/index.ts';
import { headerValue } from '../headers.ts';
import type { Attributed } from '../states.ts';
import { isJsonType, isTextType } from '../wire/media-type.ts';

/** What detectors can look into: JSON with its fields, or plain text. */
export type Content = { readonly text: string; readonly document?: JsonValue };

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
    const parsed = parseStrictJson(body, snapshot.bounds.depth);
    if (parsed.ok) return { document: parsed.value, text: parsed.text };
    // Names that stand twice, or nesting without end: a service may read it all the same.
    if (isJson(written.replace(/^\uFEFF/, ''))) return undefined;
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

/** What a path and a query say, where the service gets all of it; undefined where it gets only what the gate knows. */
export function addressTextOf({ route, operation, query }: Attributed): string | undefined {
  if (route.wire.query !== 'all') return undefined;
  const written = `${operation.path}${query}`.replaceAll('+', ' ');
  if (written === '/') return undefined;
  // Run by run, so that one that is broken hides no other.
  return written.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  });
}
