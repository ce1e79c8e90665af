import { Fault, parseStrictJson } from '../../kernel/index.ts';

const maxBodyBytes = 262_144;
const maxDepth = 64;

type Members = Readonly<Record<string, unknown>>;

/**
 * The JSON object of a request's body; of an empty body an empty one. Bounded, whatever Content-Length says, and read as strictly as the gate reads: a name
 * that stands twice would let two readers see two requests.
 */
export async function readBody(request: Request): Promise<Members> {
  const bytes = await readBytes(request, maxBodyBytes);
  if (bytes.length === 0) return {};
  const [mediaType = ''] = (request.headers.get('content-type') ?? 'application/json').split(';', 1);
  // A page of another site can send three other media types without asking first.
  if (mediaType.trim().toLowerCase() !== 'application/json') throw new Fault('body.media-type');
  const read = parseStrictJson(bytes, maxDepth);
  if (!read.ok) throw new Fault('api.invalid', { detail: `The body is not valid: ${read.problem}.` });
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault('api.invalid', { detail: 'The body is not a JSON object.' });
  return value as Members;
}

/** Path parameters, query and body together: the path says what it is about, whatever else does. What is given twice beside it is refused. */
export function joinInput(body: Members, query: URLSearchParams, path: Members): Members {
  const input = new Map<string, unknown>();
  for (const [name, value] of [...query, ...Object.entries(body)]) {
    if (Object.hasOwn(path, name)) continue;
    if (input.has(name))
      throw new Fault('api.invalid', { detail: `${name.slice(0, 100)}: it is given twice.` });
    input.set(name, value);
  }
  return { ...Object.fromEntries(input), ...path };
}

export async function readText(request: Request, maxBytes: number): Promise<string> {
  const bytes = await readBytes(request, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Fault('api.invalid', { detail: 'The body is not UTF-8.' });
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw new Fault('body.too-large');
  const parts: Uint8Array[] = [];
  let total = 0;
  const body: AsyncIterable<Uint8Array> | null = request.body;
  try {
    for await (const part of body ?? []) {
      total += part.length;
      if (total > maxBytes) throw new Fault('body.too-large');
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('api.invalid', { detail: 'The body broke off.' });
  }
  return Buffer.concat(parts);
}
