/** Whom an address is counted as: an IPv4 address itself, an IPv6 address as its /64, because one host has all of that. */
export function addressSubject(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1] ?? address;
  return `${ipv6Groups(address).slice(0, 4).join(':')}::/64`;
}

/** The wider network of an address subject: an IPv4 /16, an IPv6 /32 (what a provider gets). */
export function networkSubject(subject: string): string {
  const groups = subject.split(subject.includes(':') ? ':' : '.');
  return groups.slice(0, 2).join(subject.includes(':') ? ':' : '.');
}

/** The eight groups of an address the socket gave us, without leading zeros; one with a dotted tail keeps the tail's place. */
function ipv6Groups(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  return groups.map((group) => group.replace(/^0+(?=.)/, ''));
}
