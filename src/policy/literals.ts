/**
 * Shapes of secrets that people paste. A policy is read aloud, committed and mailed; a secret in it, even in a comment, is lost.
 * Known shapes only: a guess by entropy would refuse digests and ids. Repetitions are bounded where a long text could make the search slow.
 */
const shapes: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'an API key of an AI service', pattern: /\bsk-[A-Za-z0-9_-]{16,}/g },
  { kind: 'a Surety API key', pattern: /\bsty_[A-Za-z0-9]{16,}/g },
  { kind: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { kind: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g },
  { kind: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{16,}/g },
  { kind: 'a Slack token', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g },
  { kind: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { kind: 'a Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{20,}/g },
  {
    kind: 'a JSON Web Token',
    pattern: /\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]*/g,
  },
  { kind: 'an Azure storage key', pattern: /\bAccountKey=[A-Za-z0-9+/]{20,}/g },
  { kind: 'a private key', pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/g },
  {
    kind: 'a password in a URL',
    pattern: /\b[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/[^\s/:@]{0,256}:[^\s/@]{1,256}@/g,
  },
];

export interface LiteralSecret {
  /** What it looks like; never the text itself. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

export function findLiteralSecrets(text: string): LiteralSecret[] {
  return shapes.flatMap(({ kind, pattern }) =>
    Array.from(text.matchAll(pattern), (match) => ({
      kind,
      start: match.index,
      end: match.index + match[0].length,
    })),
  );
}

export function looksSecret(text: string): boolean {
  return findLiteralSecrets(text).length > 0;
}
