/** Keccak-256 as Ethereum uses it (the padding of 2011, not that of FIPS 202). Rarely run, on forty characters: written to be short. */

const mask = (1n << 64n) - 1n;
const rotate = (value: bigint, by: number): bigint =>
  by === 0 ? value : ((value << BigInt(by)) | (value >> BigInt(64 - by))) & mask;

/** Of the 24 rounds, from the linear feedback register of the specification (section 1.2). */
const roundConstants = Array.from({ length: 24 }, (_, round) => {
  let constant = 0n;
  for (let bit = 0; bit <= 6; bit++)
    if (feedback(bit + 7 * round)) constant |= 1n << ((1n << BigInt(bit)) - 1n);
  return constant;
});

function feedback(step: number): boolean {
  let register = 1;
  for (let index = 0; index < step % 255; index++) {
    register <<= 1;
    if (register & 0x100) register ^= 0x171;
  }
  return (register & 1) === 1;
}

function permute(state: bigint[]): void {
  const lane = (index: number): bigint => state[index] ?? 0n;
  for (const constant of roundConstants) {
    const columns = [0, 1, 2, 3, 4].map(
      (x) => lane(x) ^ lane(x + 5) ^ lane(x + 10) ^ lane(x + 15) ^ lane(x + 20),
    );
    for (let index = 0; index < 25; index++) {
      const x = index % 5;
      state[index] = lane(index) ^ (columns[(x + 4) % 5] ?? 0n) ^ rotate(columns[(x + 1) % 5] ?? 0n, 1);
    }
    let [x, y] = [1, 0];
    let moved = lane(1);
    for (let step = 0; step < 24; step++) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const target = x + 5 * y;
      [moved, state[target]] = [lane(target), rotate(moved, (((step + 1) * (step + 2)) / 2) % 64)];
    }
    for (let row = 0; row < 25; row += 5) {
      const before = state.slice(row, row + 5);
      for (let column = 0; column < 5; column++) {
        const [here, next, after] = [column, (column + 1) % 5, (column + 2) % 5].map(
          (at) => before[at] ?? 0n,
        );
        state[row + column] = (here ?? 0n) ^ (~(next ?? 0n) & mask & (after ?? 0n));
      }
    }
    state[0] = lane(0) ^ constant;
  }
}

const rateBytes = 136;

/** Of a text of ASCII characters shorter than one block, as hexadecimal digits. */
export function keccak256(text: string): string {
  const block = Buffer.alloc(rateBytes);
  block.write(text, 'latin1');
  block[text.length] = 0x01;
  block[rateBytes - 1] = (block[rateBytes - 1] ?? 0) | 0x80;
  const state = Array.from({ length: 25 }, (_, index) =>
    index < rateBytes / 8 ? block.readBigUInt64LE(index * 8) : 0n,
  );
  permute(state);
  const digest = Buffer.alloc(32);
  for (let index = 0; index < 4; index++) digest.writeBigUInt64LE(state[index] ?? 0n, index * 8);
  return digest.toString('hex');
}
