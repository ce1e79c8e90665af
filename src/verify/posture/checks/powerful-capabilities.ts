/** capabilities(7): each of these is documented there, or known, to be enough to leave a container. */
const powerful = new Set([
  'ALL',
  'BPF',
  'DAC_READ_SEARCH',
  'PERFMON',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_RAWIO',
]);

export const isPowerfulCapability = (name: string): boolean => powerful.has(name.replace(/^CAP_/, ''));
