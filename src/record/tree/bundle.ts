/** The length of an entry stands in 16 bits (C2SP tlog-tiles, "Log entries"). */
export const longestEntryBytes = 0xffff;

/** Entries as a bundle. Each is given with `prefixBytes` bytes in front that are left out. */
export function encodeBundle(entries: readonly Buffer[], prefixBytes = 0): Buffer {
  let length = 0;
  for (const entry of entries) length += 2 + entry.length - prefixBytes;
  const bundle = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const entry of entries) {
    offset = bundle.writeUInt16BE(entry.length - prefixBytes, offset);
    offset += entry.copy(bundle, offset, prefixBytes);
  }
  return bundle;
}

/** The entries of a bundle, or undefined where its lengths do not add up. */
export function decodeBundle(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  let offset = 0;
  while (offset < bundle.length) {
    if (offset + 2 > bundle.length) return undefined;
    const end = offset + 2 + bundle.readUInt16BE(offset);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(offset + 2, end));
    offset = end;
  }
  return entries;
}
