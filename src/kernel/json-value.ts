export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

const backslash = '\\';

/**
 * The value of text that is known to be JSON and of bounded depth, read without `JSON.parse`'s way with names. Threat: V8 13 takes an escaped
 * name for one it has seen before when their first characters as written are equal (nodejs/node issue 63785), so that after
 * `{"model":"x","\\u006":1}` from anybody it reads `"\u006dodel"` as a name that is not `model`, and the gate would decide by another
 * model than the service. Only texts with an escape in a name need this.
 */
export function readJsonValue(text: string): JsonValue {
  let at = 0;
  const skipSpace = (): void => {
    while (isSpace(text.charCodeAt(at))) at++;
  };
  const readString = (): string => {
    const start = at;
    for (at++; text[at] !== '"'; at++) if (text[at] === backslash) at++;
    at++;
    const quoted = text.slice(start, at);
    return quoted.includes(backslash) ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  };
  const readArray = (): JsonValue => {
    const items: JsonValue[] = [];
    at++;
    for (skipSpace(); text[at] !== ']'; skipSpace()) {
      if (text[at] === ',') at++;
      items.push(readValue());
    }
    at++;
    return items;
  };
  const readObject = (): JsonValue => {
    const object: Record<string, JsonValue> = {};
    at++;
    for (skipSpace(); text[at] !== '}'; skipSpace()) {
      if (text[at] === ',') at++;
      skipSpace();
      const name = readString();
      skipSpace();
      at++;
      // A definition and no assignment: assigning to `__proto__` would set the prototype.
      Object.defineProperty(object, name, {
        value: readValue(),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    at++;
    return object;
  };
  const readScalar = (): JsonValue => {
    const start = at;
    while (at < text.length && !isEnd(text.charCodeAt(at))) at++;
    return JSON.parse(text.slice(start, at)) as JsonValue;
  };
  const readValue = (): JsonValue => {
    skipSpace();
    if (text[at] === '{') return readObject();
    if (text[at] === '[') return readArray();
    return text[at] === '"' ? readString() : readScalar();
  };
  return readValue();
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** A space, a comma or a closing bracket. */
function isEnd(code: number): boolean {
  return isSpace(code) || code === 0x2c || code === 0x5d || code === 0x7d;
}
