import type { Detector, Place, Span, Wait } from '../detector.ts';
import { classOf, digit, letter, solid } from '../scan/characters.ts';

const longestScheme = 20;
const longestUrl = 512;

/** Schemes whose URLs say how a database or queue is reached. */
const stores =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|valkeys?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|couchdb|cassandra|neo4j(?:\+s)?|bolt|nats|kafka|jdbc:[a-z0-9]+|snowflake|ldaps?)$/i;

/** What stands for a password where nobody wrote one: `${PASSWORD}`, `<password>`, `***`. */
const stand = /^(?:\$|%|<|\{|\*+$|x+$|\.+$|password$|passwd$|pass$|pwd$|secret$|token$)/i;

function findUrl(place: Place, wanted: 'store' | 'other'): Span | Wait | undefined {
  const { text, at, end } = place;
  // `at` is the first slash.
  let start = at - 1;
  while (start > 0 && at - start < longestScheme && isScheme(text.charCodeAt(start - 1))) start--;
  const scheme = text.slice(start, at - 1);
  const userEnd = endOfUser(text, at + 2, end);
  // Of most URLs the host begins at once, and a slash or the end comes before any @.
  if (userEnd < end && text.charCodeAt(userEnd) !== atSign) return undefined;
  let stop = userEnd;
  while (stop < end && stop - at < longestUrl && (classOf(text.charCodeAt(stop)) & solid) !== 0) stop++;
  const touches = stop >= end;
  while (stop > at && /[.,;:!?]/.test(text.charAt(stop - 1))) stop--;
  const found = /^\/\/([^/?#:@]{0,128}):([^/?#]{1,256})@[^/?#@]/.exec(text.slice(at, stop));
  const matches = found && !stand.test(found[2] ?? '') && stores.test(scheme) === (wanted === 'store');
  const span = matches && scheme !== '' ? { start, end: stop } : undefined;
  return touches ? { waitFrom: start, span } : span;
}

/** Where user and password can go on no further: at the last @ before the host's end, or where no @ comes. */
function endOfUser(text: string, from: number, end: number): number {
  let at = from;
  for (; at < end && at - from < longestUser; at++) {
    const code = text.charCodeAt(at);
    if (code === atSign || code === slash || code === question || code === hash) break;
    if ((classOf(code) & solid) === 0) break;
  }
  return at;
}

const longestUser = 385;
const atSign = 0x40;
const slash = 0x2f;
const question = 0x3f;
const hash = 0x23;

const isScheme = (code: number): boolean =>
  (code < 128 && (classOf(code) & (letter | digit)) !== 0) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x2e ||
  code === 0x3a;

export const urlCredentials: Detector = {
  name: 'url-credentials',
  title: 'URL with a password in it',
  family: 'secret',
  class: 'restricted',
  examples: ['https://build:hunter2x@ci.example.com/job'],
  rules: [
    { kind: 'wake', wake: 'scheme', confidence: { alone: 0.98 }, find: (place) => findUrl(place, 'other') },
  ],
};

export const connectionString: Detector = {
  name: 'connection-string',
  title: 'Connection string of a database or queue',
  family: 'secret',
  class: 'restricted',
  examples: ['postgres://app:s3cr3t-0ne@db.internal:5432/orders'],
  rules: [
    { kind: 'wake', wake: 'scheme', confidence: { alone: 0.99 }, find: (place) => findUrl(place, 'store') },
    {
      kind: 'literal',
      literals: ['AccountKey=', 'SharedAccessKey='],
      pattern: /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,100}={0,2})/y,
      longest: 120,
      confidence: { alone: 0.98 },
    },
    {
      kind: 'literal',
      literals: ['Password=', 'password=', 'PWD=', 'Pwd='],
      pattern: /(?:[Pp]assword|PWD|Pwd)=([^\s;"'&<>{}$*]{4,64})(?=;)/y,
      longest: 80,
      confidence: { alone: 0.9 },
      check: (value) => !stand.test(value),
    },
  ],
};
