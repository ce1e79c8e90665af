/** The type without its parameters, in small letters (RFC 9110, section 8.3.1). */
export function mediaTypeOf(value: string | undefined): string {
  if (value === undefined || value === 'application/json') return value ?? '';
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}

/** `application/json`, or of a kind that is written in it (RFC 6839, section 3.1). */
export function isJsonType(value: string | undefined): boolean {
  const type = mediaTypeOf(value);
  return type === 'application/json' || /^application\/[^/]+\+json$/.test(type);
}

/** Plain text of any kind in UTF-8; events are no such text. */
export function isTextType(value: string | undefined): boolean {
  const type = mediaTypeOf(value);
  if (!type.startsWith('text/') || isEventStream(value)) return false;
  const charset = /;\s*charset\s*=\s*"?([^";]+)/i.exec(value ?? '')?.[1];
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset.trim());
}

export function isEventStream(value: string | undefined): boolean {
  return mediaTypeOf(value) === 'text/event-stream';
}

/** Bytes that are no text: what no detector reads. A type that is not known, or missing, is none of them. */
export function isDataType(value: string | undefined): boolean {
  const type = mediaTypeOf(value);
  return (
    /^(?:image|audio|video|font|multipart)\//.test(type) ||
    /^application\/(?:octet-stream|pdf|zip|gzip|ogg|msgpack|cbor|x-protobuf|protobuf|grpc.*|vnd\..+)$/.test(
      type,
    ) ||
    isEventStream(value) ||
    (type.startsWith('text/') && !isTextType(value))
  );
}
