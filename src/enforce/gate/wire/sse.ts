/** Server-sent events (WHATWG HTML, section 9.2) as AI services send them: `event:` and `data:` lines, a blank line after each. */

export function serverSentEvent(data: object, event?: string): string {
  return `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
}

/** One event as it stood on the wire, with its closing blank line, and its joined `data` lines. */
export interface ServerSentEvent {
  readonly raw: string;
  readonly data: string;
}

const noBytes = Buffer.alloc(0);
const boundary = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)/g;

/**
 * Cuts a stream into whole events for every way the bytes are chunked. An event is given out when its blank line has come;
 * `rest` holds what has not ended, at most `maxEventBytes` of it.
 */
export class EventSplitter {
  readonly #maxEventBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The last held bytes: a blank line may have begun there, in chunks of one byte each. */
  #tail: Buffer = noBytes;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** Bytes of an event that has not ended. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * The whole text up to the last event end in what has come so far, or undefined where no event has ended. Throws
   * RangeError when an event grows past the limit.
   */
  push(chunk: Buffer): string | undefined {
    const end = endOfLastEvent(chunk, this.#tail);
    if (end < 0) {
      this.#hold(chunk);
      return undefined;
    }
    const complete = end === chunk.length ? chunk : chunk.subarray(0, end);
    const text =
      this.#heldBytes > 0
        ? Buffer.concat([...this.#held, complete]).toString('utf8')
        : complete.toString('utf8');
    this.#clear();
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return text;
  }

  /** What came after the last event end, at the end of the stream. */
  flush(): Buffer {
    const rest = Buffer.concat(this.#held);
    this.#clear();
    return rest;
  }

  #clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#tail = noBytes;
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#maxEventBytes) throw new RangeError('server-sent event too large');
    this.#held.push(bytes);
    this.#tail = bytes.length >= 3 ? bytes.subarray(-3) : Buffer.concat([this.#tail, bytes]).subarray(-3);
  }
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The index after the last blank line in `chunk`, whose line ends may have begun in `before`. -1: none. A blank line is two line ends in a
 * row, each LF, CR LF or CR. Where a LF that belongs to the second comes later, it stands before the next event and means nothing.
 */
function endOfLastEvent(chunk: Buffer, before: Buffer): number {
  const at = (index: number): number | undefined =>
    index >= 0 ? chunk[index] : before[before.length + index];
  for (let index = chunk.length - 1; index >= 0; index--) {
    const byte = chunk[index];
    if (byte !== lineFeed && byte !== carriageReturn) continue;
    const previous = at(index - 1);
    const isPair = byte === lineFeed && previous === carriageReturn;
    const ended = isPair ? at(index - 2) : previous;
    if (ended === lineFeed || ended === carriageReturn) return index + 1;
  }
  return -1;
}

/** The events of text that ends at an event boundary. */
export function splitEvents(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let start = 0;
  boundary.lastIndex = 0;
  for (let match = boundary.exec(text); match; match = boundary.exec(text)) {
    const raw = text.slice(start, boundary.lastIndex);
    events.push({ raw, data: dataOf(raw) });
    start = boundary.lastIndex;
  }
  return events;
}

function dataOf(written: string): string {
  const raw = written.charCodeAt(0) === byteOrderMark ? written.slice(1) : written;
  // The usual event is one data line, alone or after an event line; the general case joins several.
  const start = raw.startsWith('data:') ? 0 : raw.indexOf('\ndata:') + 1;
  if (start === 0 && !raw.startsWith('data:')) return raw.includes('\rdata:') ? joinDataLines(raw) : '';
  if (raw.indexOf('data:', start + 5) >= 0 || raw.includes('\r')) return joinDataLines(raw);
  const end = raw.indexOf('\n', start);
  return raw.slice(raw.charCodeAt(start + 5) === 0x20 ? start + 6 : start + 5, end < 0 ? undefined : end);
}

function joinDataLines(raw: string): string {
  return raw
    .split(lineEnd)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5))
    .join('\n');
}

const lineEnd = /\r\n|\n|\r/;

/** The fields of an event as a client reads them; what no client reads is not here. */
export interface EventFields {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly retry: string | undefined;
  /** The `data` lines joined; undefined where there is none. */
  readonly data: string | undefined;
}

/**
 * Reads an event by the rules of the standard: a byte order mark before the first event means nothing, a comment and an unknown field mean nothing, of
 * several `data` lines all count, of other fields the last.
 */
export function readFields(raw: string): EventFields {
  const fields = new Map<string, string>();
  const text = raw.charCodeAt(0) === byteOrderMark ? raw.slice(1) : raw;
  for (const line of text.split(lineEnd)) {
    const colon = line.indexOf(':');
    if (colon === 0 || line === '') continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    const before = name === 'data' ? fields.get(name) : undefined;
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return {
    event: fields.get('event'),
    id: fields.get('id'),
    retry: fields.get('retry'),
    data: fields.get('data'),
  };
}

const byteOrderMark = 0xfeff;

/** An event of these fields and of nothing else; an empty comment, which keeps a connection alive, where there are none. */
export function writeEvent({ event, id, retry, data }: Partial<EventFields>): string {
  let written = '';
  if (event !== undefined) written += `event: ${event}\n`;
  if (id !== undefined) written += `id: ${id}\n`;
  if (retry !== undefined) written += `retry: ${retry}\n`;
  if (data !== undefined) for (const line of data.split(lineEnd)) written += `data: ${line}\n`;
  return `${written === '' ? ':\n' : written}\n`;
}
