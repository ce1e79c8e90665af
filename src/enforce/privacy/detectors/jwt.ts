import type { Detector } from '../detector.ts';

const longestToken = 8192;

/** Whether the first part is a JOSE header (RFC 7515 section 4). */
function hasHeader(token: string): boolean {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    );
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch {
    return false;
  }
}

/** The header `{"alg":"HS256"}` and the beginning of the claims, `{"sub"…`. */
const example = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"1234567890"}').toString('base64url')}.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk`;

export const jwt: Detector = {
  name: 'jwt',
  title: 'JSON Web Token',
  family: 'secret',
  class: 'restricted',
  examples: [example],
  rules: [
    {
      kind: 'literal',
      literals: ['eyJ'],
      pattern:
        /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{2,5000}(?:\.[A-Za-z0-9_-]{0,1000}){1,3}/y,
      longest: longestToken,
      confidence: { alone: 0.99 },
      check: hasHeader,
    },
  ],
};
