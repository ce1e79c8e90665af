import { Fault } from '../../kernel/index.ts';

const longestBody = 262_144;

/** The JSON object of a request's body; of an empty body an empty one. Bounded, whatever Content-Length says. */
export async function readBody(request: Request): Promise<Record<string, unknown>> {
  const text = await readText(request, longestBody);
  if (text === '') return {};
  const [mediaType = ''] = (request.headers.get('content-type') ?? 'application/json').split(';', 1);
  // A page of another site can send three other media types without asking first.
  if (mediaType.trim().toLowerCase() !== 'application/json') throw new Fault('body.media-type');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Answered below like every body that is no object.
  }
  throw new Fault('api.invalid', { detail: 'The body is not a JSON object.' });
}

export async function readText(request: Request, maxBytes: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw new Fault('body.too-large');
  const parts: Uint8Array[] = [];
  let total = 0;
  const body: AsyncIterable<Uint8Array> | null = request.body;
  for await (const part of body ?? []) {
    total += part.length;
    if (total > maxBytes) throw new Fault('body.too-large');
    parts.push(part);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new Fault('api.invalid', { detail: 'The body is not UTF-8.' });
  }
}
