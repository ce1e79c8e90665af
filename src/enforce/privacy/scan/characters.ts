/** Classes of the ASCII characters, as bits. */
export const digit = 1;
export const letter = 2;
/** May stand in the part of an e-mail address before the @ (RFC 5321 `dot-string`, less what prose puts around an address). */
export const mailbox = 4;
export const hex = 8;
/** May stand in a secret or an address, which end at spaces, quotes and brackets. */
export const solid = 16;

/** The bits of the ASCII characters by their codes, for where every character counts. */
export const asciiClasses = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return (
    (/[0-9]/.test(character) ? digit : 0) |
    (/[A-Za-z]/.test(character) ? letter : 0) |
    (/[A-Za-z0-9._%+&~'-]/.test(character) ? mailbox : 0) |
    (/[0-9A-Fa-f]/.test(character) ? hex : 0) |
    (/[!-~]/.test(character) && !/["'`<>()[\]{}|\\^]/.test(character) ? solid : 0)
  );
});

/** The bits of a character code. Letters of the alphabets in which people write their addresses count as letters; all others as nothing. */
export function classOf(code: number): number {
  if (code < 128) return asciiClasses[code] ?? 0;
  return isForeignLetter(code) ? letter | mailbox | solid : 0;
}

/** Latin with marks, Greek and Cyrillic. */
export function isForeignLetter(code: number): boolean {
  return (
    (code >= 0xc0 && code <= 0x24f && code !== 0xd7 && code !== 0xf7) || (code >= 0x370 && code <= 0x52f)
  );
}

export function isAlphanumeric(code: number): boolean {
  return (classOf(code) & (digit | letter)) !== 0;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  return (classOf(code) & letter) !== 0;
}
