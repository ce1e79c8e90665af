import { type Dispatcher, request } from 'undici';
import { refuseLiteral } from './address-guard.ts';
import { createDispatcher, type Reach } from './dispatcher.ts';

/** Why a download gave nothing. */
export type DownloadFailure =
  | 'url'
  | 'address'
  | 'connect'
  | 'timeout'
  | 'redirect'
  | 'encoding'
  | 'media-type'
  | 'too-large'
  | 'broken';

/** A closed reason and nothing else: what the other side wrote, and which addresses its name has, stay out of logs and entries. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
  readonly reason: DownloadFailure;

  constructor(reason: DownloadFailure, cause?: unknown) {
    super(`the download failed: ${reason}`, { cause });
    this.reason = reason;
  }
}

export interface DownloadBounds {
  /** Of the body. */
  readonly maxBytes: number;
  /** For all of it, from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
}

export interface DownloadRequest {
  readonly url: string;
  /** Default: GET. */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The media types taken, lower-case and without parameters. An empty answer (204) has none. */
  readonly mediaTypes: readonly string[];
  readonly signal?: AbortSignal;
}

export interface DownloadAnswer {
  /** Any status but a redirect's: what a 400 means, the caller knows. */
  readonly status: number;
  /** Lower-case names; of a field that came more than once, its values in order. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export interface Download {
  /** Rejects with DownloadFailed. */
  fetch(request: DownloadRequest): Promise<DownloadAnswer>;
  close(): Promise<void>;
}

const connections = 4;

/** Small documents from elsewhere: key sets, discovery, answers of an identity provider. `name` is how faults call the other side. */
export function createDownload(options: { name: string; reach: Reach; bounds: DownloadBounds }): Download {
  const { name, reach, bounds } = options;
  const connectTimeoutMs = bounds.timeoutMs;
  const dispatcher = createDispatcher({ name, reach, connectTimeoutMs, connections });
  return {
    async fetch(asked) {
      checkUrl(asked.url, reach);
      const deadline = AbortSignal.timeout(bounds.timeoutMs);
      const signal = asked.signal ? AbortSignal.any([deadline, asked.signal]) : deadline;
      try {
        return await receive(await send({ dispatcher, asked, signal, bounds }), asked, bounds);
      } catch (error) {
        throw error instanceof DownloadFailed ? error : new DownloadFailed(failureOf(error), error);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** Where an address in a document leads is the other side's word: it is held to the same rules as the policy's own. */
function checkUrl(text: string, reach: Reach): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.protocol === 'http:' && reach.private;
  if (!url || !(url.protocol === 'https:' || plain) || url.username !== '' || url.password !== '')
    throw new DownloadFailed('url');
  if (refuseLiteral(url.hostname, reach.private)) throw new DownloadFailed('address');
}

interface Sending {
  readonly dispatcher: Dispatcher;
  readonly asked: DownloadRequest;
  readonly signal: AbortSignal;
  readonly bounds: DownloadBounds;
}

function send({ dispatcher, asked, signal, bounds }: Sending): Promise<Dispatcher.ResponseData> {
  return request(asked.url, {
    dispatcher,
    signal,
    method: asked.method ?? 'GET',
    headers: { accept: asked.mediaTypes.join(', '), ...asked.headers, 'accept-encoding': 'identity' },
    body: asked.body ?? null,
    headersTimeout: bounds.timeoutMs,
    bodyTimeout: bounds.timeoutMs,
  });
}

async function receive(
  answer: Dispatcher.ResponseData,
  { mediaTypes }: DownloadRequest,
  { maxBytes }: DownloadBounds,
): Promise<DownloadAnswer> {
  const { statusCode: status, headers } = answer;
  try {
    if (status >= 300 && status < 400) throw new DownloadFailed('redirect');
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new DownloadFailed('encoding');
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw new DownloadFailed('too-large');
    const body = await readAtMost(answer.body, maxBytes);
    if (body.length > 0 && !mediaTypes.includes(mediaTypeOf(headers['content-type'])))
      throw new DownloadFailed('media-type');
    return { status, headers, body };
  } catch (error) {
    answer.body.on('error', () => {}).destroy();
    throw error;
  }
}

function mediaTypeOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? (value.split(';', 1)[0] ?? '').trim().toLowerCase() : '';
}

async function readAtMost(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of body) {
    total += part.length;
    if (total > maxBytes) throw new DownloadFailed('too-large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
const connectErrors =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO|HOSTNAME_MISMATCH|SELF_SIGNED|DEPTH_ZERO|CERT)/;

/** From the error's code alone: its message may name addresses. */
function failureOf(error: unknown): DownloadFailure {
  if (!(error instanceof Error)) return 'broken';
  if (error.name === 'AddressRefused') return 'address';
  if (error.name === 'TimeoutError') return 'timeout';
  if (error instanceof AggregateError) return failureOf(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (timeouts.has(code)) return 'timeout';
  return connectErrors.test(code) ? 'connect' : 'broken';
}
