/** Check digits of numbers people and things are known by. All take the value without separators, in capitals. */

const zero = 0x30;

/** ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, second = false; index >= 0; index--, second = !second) {
    const digit = digits.charCodeAt(index) - zero;
    sum += second ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** The sum of the digits, each by the weight of its place. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (const [index, weight] of weights.entries()) sum += (digits.charCodeAt(index) - zero) * weight;
  return sum;
}

/** The remainder of a long decimal number. */
export function remainder(digits: string, modulus: number): number {
  let rest = 0;
  for (let index = 0; index < digits.length; index++)
    rest = (rest * 10 + digits.charCodeAt(index) - zero) % modulus;
  return rest;
}

/** ISO/IEC 7064 MOD 97-10 over letters and digits, as IBANs use it: the first four at the end, letters as 10 to 35. */
export function isIban97(text: string): boolean {
  let rest = 0;
  const turned = text.slice(4) + text.slice(0, 4);
  for (let index = 0; index < turned.length; index++) {
    const value = Number.parseInt(turned.charAt(index), 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** ISO/IEC 7064 MOD 11-10, as the German tax number and the Croatian OIB use it. */
export function mod1110(digits: string): boolean {
  let product = 10;
  for (let index = 0; index < digits.length - 1; index++) {
    const sum = (product + digits.charCodeAt(index) - zero) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - zero;
}

const dihedral = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const permutations = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff 1969, as Aadhaar uses it. */
export function verhoeff(digits: string): boolean {
  let state = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.charAt(digits.length - 1 - index));
    const permuted = Number(permutations[index % 8]?.charAt(digit));
    state = Number(dihedral[state]?.charAt(permuted));
  }
  return state === 0;
}

/** Whether year, month and day are a day of the calendar. */
export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** `YYMMDD` or `DDMMYY`. The century is not said, so 29 February is taken for every year. */
export function isShortDate(digits: string, order: 'ymd' | 'dmy'): boolean {
  const day = order === 'ymd' ? digits.slice(4, 6) : digits.slice(0, 2);
  return isDate(2000, Number(digits.slice(2, 4)), Number(day));
}

export function isRepeated(digits: string): boolean {
  return digits === digits.charAt(0).repeat(digits.length);
}
