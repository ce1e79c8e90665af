import { percentDecoded, textOf } from '../../privacy/index.ts';

/** What a multipart form says in text, and whether it holds anything else. */
export interface FormTexts {
  readonly texts: readonly string[];
  readonly hasData: boolean;
}

/** A form of more parts is not inspected, and so not sent. */
const maxParts = 10_000;

/**
 * The texts of a multipart form: the headers of its parts, with names of fields and files; every field and file that is text; and what is before the
 * first and behind the last boundary, which a form has no use for. Read from the bytes, by no more rules than where a boundary is, so that it
 * sees whatever a service's parser may see. Undefined where it cannot be read.
 */
export function formTextsOf(body: Buffer, contentType: string): FormTexts | undefined {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return undefined;
  const texts: string[] = [];
  let hasData = false;
  const add = (bytes: Buffer): void => {
    const text = textOf(bytes);
    if (text === undefined) hasData ||= bytes.length > 0;
    else if (text.trim() !== '') texts.push(...readings(text));
  };
  const parts = splitAt(body, Buffer.from(`--${boundary}`, 'latin1'));
  if (parts.length > maxParts) return undefined;
  for (const part of parts) {
    const { head, content } = splitHead(part);
    add(head);
    add(content);
    hasData ||= holdsData(head.toString('latin1'));
  }
  return { texts, hasData };
}

/** By its headers: a file, a part that is encoded once more, or one in another charset. */
const holdsData = (head: string): boolean =>
  /^content-transfer-encoding\s*:\s*(?!7bit|8bit|binary)/im.test(head) ||
  /^content-disposition\s*:[^\r\n]*\bfilename/im.test(head) ||
  /\bcharset\s*=\s*(?!"?(?:utf-8|us-ascii)\b)/i.test(head);

/** A text as it is, and as it reads where it is written in an encoding of its own: JSON, percent escapes. */
function readings(text: string): string[] {
  const decoded = [text];
  if (text.includes('%')) decoded.push(percentDecoded(text));
  if (text.includes('\\')) decoded.push(text.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => unitOf(hex)));
  return decoded;
}

const unitOf = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

function boundaryOf(contentType: string): string | undefined {
  const found = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

function splitAt(body: Buffer, delimiter: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, from)) {
    parts.push(body.subarray(from, at));
    from = at + delimiter.length;
    if (parts.length > maxParts) break;
  }
  parts.push(body.subarray(from));
  return parts;
}

/** A part's header fields, up to the first blank line, and what is behind it. */
function splitHead(part: Buffer): { head: Buffer; content: Buffer } {
  for (const blank of ['\r\n\r\n', '\n\n']) {
    const at = part.indexOf(blank);
    if (at >= 0)
      return { head: part.subarray(0, at), content: withoutLineEnd(part.subarray(at + blank.length)) };
  }
  return { head: part, content: Buffer.alloc(0) };
}

/** The line end before a boundary belongs to the boundary. */
function withoutLineEnd(content: Buffer): Buffer {
  const end = content.length;
  if (content[end - 1] !== 0x0a) return content;
  return content.subarray(0, content[end - 2] === 0x0d ? end - 2 : end - 1);
}
