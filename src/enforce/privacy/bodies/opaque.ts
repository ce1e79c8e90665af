import { isUtf8 } from 'node:buffer';

/** What a string at a place of pictures, sound, files or sealed tokens says. */
export interface OpaqueReading {
  /** Whether the string itself is read as text. */
  readonly readsItself: boolean;
  /** Texts it holds in an encoding. */
  readonly decoded: readonly string[];
  /** Whether it holds, or points at, something that is no text. */
  readonly isUnread: boolean;
}

/** Base64 below this length is read as text as well: a number or a key looks like base64 too. */
const longestReadBase64 = 4096;

/** A `data:` URL (RFC 2397), a link, base64, or anything else. */
export function readOpaque(value: string): OpaqueReading {
  if (/^\s*data:/i.test(value)) return readDataUrl(value.trimStart());
  if (/^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(value)) return readLink(value);
  const base64 = value.replace(/[\r\n]+/g, '');
  if (!isBase64(base64)) return { readsItself: true, decoded: [], isUnread: true };
  const decoded = textOf(Buffer.from(base64, 'base64'));
  return {
    readsItself: value.length < longestReadBase64,
    decoded: decoded === undefined ? [] : [decoded],
    isUnread: decoded === undefined,
  };
}

/**
 * Whether a token that a service sealed for itself says nothing: base64 of at least 64 characters, that decodes to no text, has no run of digits that could be a
 * number of somebody, and does not begin as keys do.
 */
export const isSealed = (value: string): boolean =>
  value.length >= 64 &&
  isBase64(value) &&
  !/\d{9}/.test(value) &&
  !/^[a-z]{2,10}[_-]/i.test(value) &&
  textOf(Buffer.from(value, 'base64')) === undefined;

function readDataUrl(url: string): OpaqueReading {
  const comma = url.indexOf(',');
  const head = comma < 0 ? url : url.slice(0, comma);
  const payload = percentDecoded(comma < 0 ? '' : url.slice(comma + 1));
  const decodedHead = percentDecoded(head);
  if (!/;\s*base64\s*$/i.test(decodedHead))
    return { readsItself: true, decoded: [`${decodedHead},${payload}`], isUnread: !isTextHead(decodedHead) };
  const inner = readOpaque(payload.startsWith('data:') ? ` ${payload}` : payload);
  return {
    readsItself: inner.readsItself,
    decoded: [decodedHead, ...inner.decoded],
    isUnread: inner.isUnread || !isTextHead(decodedHead),
  };
}

/** Text that needs no program to be read; a drawing (SVG) is text and a picture. */
const isTextHead = (head: string): boolean =>
  /^data:(?:|text\/[^;]+|application\/(?:[^;]+\+)?(?:json|xml))(?:;|$)/i.test(head.trim());

function readLink(url: string): OpaqueReading {
  const decoded = percentDecoded(url);
  return { readsItself: true, decoded: decoded === url ? [] : [decoded], isUnread: true };
}

/** Each run of percent escapes by itself, so that one that is broken hides no other. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  });
}

const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/_-]*={0,3}$/.test(text);

/** The text that bytes are in UTF-8 or UTF-16; undefined where they are something else. */
export function textOf(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  const wide = wideTextOf(bytes);
  if (wide !== undefined) return wide;
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what tells bytes from text
  return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
}

function wideTextOf(bytes: Buffer): string | undefined {
  if (bytes.length < 4 || bytes.length % 2 !== 0) return undefined;
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (isLittle) return bytes.toString('utf16le', 2);
  return isBig ? Buffer.from(bytes.subarray(2)).swap16().toString('utf16le') : undefined;
}
