import { Exit } from './context.ts';

/** Where a byte is no UTF-8. Nothing of the text is repeated. */
class Decoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #bytes = 0;

  decode(chunk: Uint8Array): string {
    const text = this.#run(() => this.#decoder.decode(chunk, { stream: true }));
    this.#bytes += chunk.length;
    return text;
  }

  end(): string {
    return this.#run(() => this.#decoder.decode());
  }

  #run(decode: () => string): string {
    try {
      return decode();
    } catch {
      throw new Exit(
        2,
        `The text is not valid UTF-8, after byte ${this.#bytes}. Convert it first, as with iconv.`,
      );
    }
  }
}

/** Text as it comes; or, `whole`, line by line without line ends. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { whole }: { readonly whole: boolean },
): AsyncGenerator<string> {
  const decoder = new Decoder();
  let held = '';
  try {
    for await (const chunk of chunks) {
      const text = decoder.decode(chunk);
      if (!whole) {
        yield text;
        continue;
      }
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      throw new Exit(2, `The text cannot be read (${error.code}).`);
    throw error;
  }
  const rest = held + decoder.end();
  if (rest !== '') yield rest;
}

export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: string[] = [];
  for await (const part of readLines(chunks, { whole: false })) parts.push(part);
  return parts.join('');
}

/** Places in UTF-16 code units as places in the bytes of UTF-8; they come in ascending order. */
export function utf8Offsets(text: string, places: readonly number[]): number[] {
  let [at, bytes] = [0, 0];
  return places.map((place) => {
    bytes += Buffer.byteLength(text.slice(at, place));
    at = place;
    return bytes;
  });
}
