const fewestBits = 2048;
const mostBits = 8192;
const mostExponentBytes = 4;

/**
 * The primes of the ROCA fingerprint (Nemec and others, "The Return of Coppersmith's Attack", CCS 2017; CVE-2017-15361): the
 * moduli of the broken library are powers of 65537 modulo each of them. A random modulus passes with a chance of about 2^-27.
 */
const rocaPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const rocaGenerator = 65_537;

function powersModulo(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * (rocaGenerator % prime)) % prime)
    powers.add(power);
  return powers;
}

const rocaMarks = rocaPrimes.map((prime) => ({ prime: BigInt(prime), powers: powersModulo(prime) }));

function hasRocaFingerprint(modulus: bigint): boolean {
  return rocaMarks.every(({ prime, powers }) => powers.has(Number(modulus % prime)));
}

function hasSmallFactor(modulus: bigint): boolean {
  if (modulus % 2n === 0n) return true;
  for (let factor = 3n; factor < 1000n; factor += 2n) if (modulus % factor === 0n) return true;
  return false;
}

function squareRoot(value: bigint): bigint {
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** Fermat's factorization: primes that stand next to each other are found in a few steps (CVE-2022-26320). */
const fermatSteps = 100;
function hasCloseFactors(modulus: bigint): boolean {
  let middle = squareRoot(modulus);
  if (middle * middle === modulus) return true;
  for (let step = 0; step < fermatSteps; step++) {
    middle += 1n;
    const difference = middle * middle - modulus;
    const root = squareRoot(difference);
    if (root * root === difference) return true;
  }
  return false;
}

/** Why an RSA public key signs nothing that is believed here; undefined where nothing is known against it. */
export function rsaWeakness(modulus: Buffer, exponent: Buffer): string | undefined {
  if (modulus[0] === 0 || exponent[0] === 0 || modulus.length === 0 || exponent.length === 0)
    return 'its numbers are not written in their shortest form';
  const value = BigInt(`0x${modulus.toString('hex')}`);
  const bits = value.toString(2).length;
  if (bits < fewestBits) return `it has ${bits} bits; at least ${fewestBits} are needed`;
  if (bits > mostBits) return `it has ${bits} bits; at most ${mostBits} are taken`;
  if (exponent.length > mostExponentBytes) return 'its exponent is too large';
  const power = BigInt(`0x${exponent.toString('hex')}`);
  if (power < 3n || power % 2n === 0n) return `its exponent is ${power}`;
  if (hasSmallFactor(value)) return 'its modulus has a small factor';
  if (hasRocaFingerprint(value)) return 'it was made by a broken library (ROCA, CVE-2017-15361)';
  if (hasCloseFactors(value)) return 'its prime factors stand close to each other (CVE-2022-26320)';
  return undefined;
}

/** The points of small order of Ed25519, in every encoding a lax decoder takes: under them one signature fits any text (RFC 8032 section 8.9). */
const smallOrderPoints: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]);

export function edwardsWeakness(point: Buffer): string | undefined {
  return smallOrderPoints.has(point.toString('hex')) ? 'its point has a small order' : undefined;
}
