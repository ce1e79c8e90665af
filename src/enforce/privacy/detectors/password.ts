import type { Detector } from '../detector.ts';

/** What stands where a password belongs and is none: a variable, a placeholder, a type, a call. */
const stands =
  /^(?:\$|%|<|\{|\[|\*{3}|x{3,}$|\.{3}|(?:your|my|the|new|old|some)[-_]|process\.|os\.|env[.[(]|get|config|self\.|this\.|null$|none$|nil$|undefined$|true$|false$|string$|str$|required$|optional$|example$|changeme$|password$|passwd$|secret$|token$)/i;

/** A word alone may be prose (`password: required`); letters with a digit or a sign among them are not. */
function isSecret(value: string): boolean {
  return !stands.test(value) && /[A-Za-z]/.test(value) && /[\d!@#%^&*]/.test(value) && !/[()]/.test(value);
}

const names = 'pass(?:word|wd|phrase)|pwd|(?:api|access|auth|secret|client)[_-]?(?:key|token|secret)';

export const password: Detector = {
  name: 'password',
  title: 'Password or key that is named as one',
  family: 'secret',
  class: 'restricted',
  examples: ['password: c0rrect-horse', 'API_KEY="9f8e7d6c5b4a39281706f5e4"'],
  rules: [
    {
      kind: 'literal',
      literals: [
        'password',
        'Password',
        'PASSWORD',
        'passwd',
        'PASSWD',
        'passphrase',
        'pwd',
        'api_key',
        'api-key',
        'apikey',
        'apiKey',
        'API_KEY',
        'access_token',
        'accessToken',
        'ACCESS_TOKEN',
        'auth_token',
        'AUTH_TOKEN',
        'secret_key',
        'SECRET_KEY',
        'client_secret',
        'CLIENT_SECRET',
        'clientSecret',
      ],
      pattern: new RegExp(
        `(?:${names})(?:["'\`]?\\s{0,2}(?::=?|=>|=)\\s{0,2}| is:? )["'\`]?([^\\s"'\`,;<>{}$\\\\]{6,256})`,
        'iy',
      ),
      longest: 290,
      spaced: true,
      confidence: { alone: 0.6 },
      check: isSecret,
    },
    {
      kind: 'literal',
      literals: ['Bearer '],
      pattern: /Bearer ([A-Za-z0-9._~+/-]{20,2000}={0,2})/y,
      longest: 2020,
      spaced: true,
      confidence: { alone: 0.8 },
      check: (value) => /\d/.test(value) && /[A-Za-z]/.test(value),
    },
  ],
};
