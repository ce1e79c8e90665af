/** Memory with room for `need` bytes: the same where it has it, else at least twice as much, with the first `used` bytes moved over. */
export function withRoom(memory: Buffer<ArrayBuffer>, used: number, need: number): Buffer<ArrayBuffer> {
  if (need <= memory.length) return memory;
  const larger = Buffer.allocUnsafeSlow(Math.max(need, memory.length * 2));
  memory.copy(larger, 0, 0, used);
  return larger;
}
