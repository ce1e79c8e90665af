import type { Detector, Place, Span, Wait } from '../detector.ts';
import { classOf, digit, letter, mailbox } from '../scan/characters.ts';

/** RFC 5321 section 4.5.3.1. */
const longestLocal = 64;
const longestDomain = 253;

/** Endings of file names that stand behind an @ in the names of images and bundles, and are no domains. */
const fileEndings =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|scss|less|js|mjs|cjs|tsx?|jsx|json|ya?ml|html?|xml|wasm|map|min|txt|gz|tgz)$/i;

function findEmail({ text, at, end }: Place): Span | Wait | undefined {
  let start = at;
  while (start > 0 && at - start < longestLocal && (classOf(text.charCodeAt(start - 1)) & mailbox) !== 0)
    start--;
  while (start < at && !isEdge(text.charCodeAt(start))) start++;
  if (start === at) return undefined;
  let stop = at + 1;
  while (stop < end && stop - at <= longestDomain && isDomain(text.charCodeAt(stop))) stop++;
  const touches = stop >= end;
  // A full stop or hyphen at the end is the sentence's.
  while (stop > at + 1 && !isLetterOrDigit(text.charCodeAt(stop - 1))) stop--;
  const domain = text.slice(at + 1, stop);
  const valid = /^(?:[^.-](?:[^.]{0,61}[^.-])?\.)+[^.\d-]{2,63}$/.test(domain) && !fileEndings.test(domain);
  // `git@host:path` names a repository.
  const isRepository = text.charCodeAt(stop) === 0x3a && /^(?:git|hg|svn)$/.test(text.slice(start, at));
  // `https://user:password@host` is no address, whoever has the password.
  const isPassword =
    text.charCodeAt(start - 1) === 0x3a &&
    /:\/\/[^\s/@:]{0,64}:$/.test(text.slice(Math.max(0, start - 70), start));
  const span = valid && !isRepository && !isPassword ? { start, end: stop } : undefined;
  return touches ? { waitFrom: start, span } : span;
}

const isLetterOrDigit = (code: number): boolean => (classOf(code) & (letter | digit)) !== 0;
const isDomain = (code: number): boolean => isLetterOrDigit(code) || code === 0x2d || code === 0x2e;
const isEdge = (code: number): boolean => isLetterOrDigit(code) || code === 0x5f || code === 0x2b;

export const email: Detector = {
  name: 'email',
  title: 'E-mail address',
  family: 'contact',
  class: 'confidential',
  examples: ['ada.lovelace@example.org'],
  rules: [{ kind: 'wake', wake: 'at', confidence: { alone: 0.95 }, find: findEmail }],
};
