import { z } from 'zod';
import {
  formatDuration,
  parseDuration,
  parseMoneyRate,
  parsePrice,
  parseRate,
  parseSize,
  type Rate,
} from '../kernel/index.ts';
import { parseSecretReference } from '../secrets/index.ts';
import { parseAddressRange, parseListenAddress } from './addresses.ts';
import { type Permission, pathPatternProblem, permissionVerbs } from './matching.ts';

/** How a text of the policy becomes a value. `pattern` is also what an editor checks, so it comes before `read`. */
interface TextField<Value> {
  /** `a duration`: what the text should have been. */
  readonly kind: string;
  readonly pattern: RegExp;
  readonly examples: readonly string[];
  /** For editors and the reference; the key's own `.describe()` stands before it. */
  readonly description: string;
  /** The text may be a misplaced secret: no message repeats it. */
  readonly hidden?: boolean;
  /** Gives the value, or says what is wrong beyond the shape. */
  read(text: string): { readonly value: Value } | { readonly problem: string } | undefined;
}

/** What an issue of a text field carries for the message; see `problems.ts`. */
export interface TextIssueParams {
  /** The text, unless it may be a misplaced secret. */
  readonly found?: string;
}

function textField<Value>(spec: TextField<Value>) {
  const { kind, pattern, examples, description, hidden = false } = spec;
  const such = `${examples.slice(0, -1).join(', ')}${examples.length > 1 ? ' or ' : ''}${examples.at(-1)}`;
  return z
    .string()
    .transform((text, context): Value => {
      const result = pattern.test(text) ? spec.read(text) : undefined;
      if (result && 'value' in result) return result.value;
      const problem = result?.problem ?? `not ${kind}`;
      const params: TextIssueParams = hidden ? {} : { found: text };
      context.issues.push({ code: 'custom', input: text, message: `${problem}; write ${such}`, params });
      return z.NEVER;
    })
    .meta({ description, examples: [...examples], pattern: pattern.source, kind });
}

const valueOr = <Value>(value: Value | undefined): { value: Value } | undefined =>
  value === undefined ? undefined : { value };

const windows = '(s|sec|second|min|minute|h|hour|d|day|month)';
const durationPattern = /^(\d+(\.\d+)?\s?(ms|s|min|m|h|d|w|y))(\s?\d+(\.\d+)?\s?(ms|s|min|m|h|d|w|y))*$/;
const sizePattern = /^\d+(\.\d+)?\s?(B|kB|KB|MB|GB|KiB|MiB|GiB)$/;
const ratePattern = new RegExp(`^\\d+(\\.\\d+)?\\s?[kM]?\\s?/\\s?${windows}$`);
const moneyRatePattern = new RegExp(`^\\d+(\\.\\d+)? ?USD ?/ ?${windows}$`);
const pricePattern = /^\d+(\.\d+)? ?USD ?\/ ?[kM]$/;

function duration({ min = 1, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return textField<number>({
    kind: 'a duration',
    pattern: durationPattern,
    examples: ['90d', '15m', '250ms'],
    description: 'A duration: ms, s, m, h, d, w or y (365 days).',
    read(text) {
      const value = parseDuration(text);
      if (value === undefined) return undefined;
      if (value < min) return { problem: `shorter than ${formatDuration(min)}` };
      return value > max ? { problem: `longer than ${formatDuration(max)}` } : { value };
    },
  });
}

const size = () =>
  textField<number>({
    kind: 'a size',
    pattern: sizePattern,
    examples: ['10 MB', '64 KiB'],
    description: 'A size in bytes: B, kB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024).',
    read: (text) => valueOr(parseSize(text)),
  });

const rate = () =>
  textField<Rate>({
    kind: 'a rate',
    pattern: ratePattern,
    examples: ['600/min', '100/s', '200k/min', '5M/day'],
    description: 'An amount per s, min or h (rolling), or per day or month (calendar, UTC).',
    read: (text) => valueOr(parseRate(text)),
  });

const moneyRate = () =>
  textField<Rate>({
    kind: 'an amount of money per time',
    pattern: moneyRatePattern,
    examples: ['50 USD/day', '1000 USD/month'],
    description: 'US dollars per s, min or h (rolling), or per day or month (calendar, UTC).',
    read: (text) => valueOr(parseMoneyRate(text)),
  });

const price = () =>
  textField<number>({
    kind: 'a price',
    pattern: pricePattern,
    examples: ['0.25 USD/M', '0.5 USD/k'],
    description: 'US dollars per million (M) or thousand (k) tokens.',
    read: (text) => valueOr(parsePrice(text)),
  });

const percentage = () =>
  textField<number>({
    kind: 'a percentage',
    pattern: /^\d{1,2}%$|^100%$/,
    examples: ['80%', '95%'],
    description: 'A part of a hundred.',
    read: (text) =>
      text === '0%' || text === '00%' ? undefined : { value: Number.parseInt(text, 10) / 100 },
  });

/** One or a list; a list always comes out. */
function oneOrMany<Field extends z.ZodType>(field: Field) {
  return z
    .union([field, z.array(field).min(1)])
    .transform((value): readonly z.output<Field>[] =>
      Array.isArray(value) ? value : [value as z.output<Field>],
    );
}

const secretReference = () =>
  textField<string>({
    kind: 'a secret reference',
    pattern: /^(env|file):\S.*$/,
    examples: ['env:OPENAI_API_KEY', 'file:/run/secrets/openai'],
    description: 'Where a secret stands, never the secret itself.',
    hidden: true,
    read: (text) => (parseSecretReference(text) ? { value: text } : undefined),
  });

function url({ schemes }: { schemes: readonly string[] }) {
  return textField<string>({
    kind: `a URL with ${schemes.join(' or ')}`,
    pattern: new RegExp(`^(${schemes.join('|')})://[^\\s#@]+$`),
    examples: schemes.map((scheme) => `${scheme}://service.example.com`),
    description: `A URL (${schemes.join(', ')}) without user, password and fragment.`,
    // A URL is a usual place for a token; the place in the file says enough.
    hidden: true,
    read(text) {
      const parsed = URL.canParse(text) ? new URL(text) : undefined;
      if (!parsed?.hostname || parsed.username || parsed.password || parsed.hash) return undefined;
      return { value: parsed.href };
    },
  });
}

const pathPattern = () =>
  textField<string>({
    kind: 'a path pattern',
    pattern: /^\/\S*$/,
    examples: ['/v1/**', '/v1/*/files', '/healthz'],
    description: 'A path; * stands for one segment, a final ** for any number of them.',
    read(text) {
      const problem = pathPatternProblem(text);
      return problem ? { problem } : { value: text };
    },
  });

const permission = () =>
  textField<Permission>({
    kind: 'a permission',
    pattern: new RegExp(`^(${permissionVerbs.join('|')}) \\/\\S*$`),
    examples: ['call /v1/**'],
    description: 'A verb and the paths it may be done to.',
    read(text) {
      const [verbText, resource = ''] = text.split(' ');
      const verb = permissionVerbs.find((known) => known === verbText);
      if (!verb) return undefined;
      const problem = pathPatternProblem(resource);
      return problem ? { problem } : { value: { verb, resource } };
    },
  });

const cidr = () =>
  textField<string>({
    kind: 'an address range',
    pattern: /^[0-9A-Fa-f:.]+(\/\d{1,3})?$/,
    examples: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'],
    description: 'An IPv4 or IPv6 range, or one address.',
    read(text) {
      const result = parseAddressRange(text);
      return result.ok ? { value: result.range } : { problem: result.problem };
    },
  });

const listenAddress = () =>
  textField({
    kind: 'an address and port',
    pattern: /^(\[[0-9A-Fa-f:.]+\]|\d+\.\d+\.\d+\.\d+):\d{1,5}$/,
    examples: ['127.0.0.1:8080', '[::1]:8080'],
    description: 'The IP address and port to listen on.',
    read: (text) => valueOr(parseListenAddress(text)),
  });

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const modelPatternPattern = /^(\*|[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,126}\*?)$/;

/** The name of a route, role or upstream. Fit for a metric label and a file name. No transform, so it can be a record's key. */
const name = () =>
  z
    .string()
    .regex(namePattern, 'not a name; write up to 63 letters, digits, dots, dashes and underscores')
    .meta({ description: 'A name.', examples: ['developer'], kind: 'a name' });

/** A model's exact name, or the beginning of one and `*`. No transform, so it can be a record's key. */
const modelPattern = () =>
  z
    .string()
    .regex(modelPatternPattern, 'not a model name; write gpt-5-mini, or gpt-5* for all that begin so')
    .meta({
      description: 'A model, or the beginning of model names and *.',
      examples: ['gpt-5-mini', 'gpt-5*'],
      kind: 'a model',
    });

/**
 * The quantities and names of a policy as Zod schemas. Inputs are texts, outputs are values. A default is the text a writer would
 * use, given with `.prefault('10s')`, so that editors and the reference show it; the key's meaning is given with `.describe(…)`.
 */
export const field = {
  /** → milliseconds. */
  duration,
  /** → bytes. */
  size,
  /** → Rate. */
  rate,
  /** One or a list → Rate[]. */
  rates: () => oneOrMany(rate()),
  /** → Rate in nano-dollars. */
  moneyRate,
  /** One or a list → Rate[] in nano-dollars. */
  moneyRates: () => oneOrMany(moneyRate()),
  /** → nano-dollars per token. */
  price,
  /** `80%` → 0.8. */
  percentage,
  /** → SecretReference. */
  secretReference,
  /** → the URL, normalized (`URL.href`). */
  url,
  /** → the pattern's text; see `compilePathPattern`. */
  pathPattern,
  /** → `{ verb, resource }`; see `compilePermissions`. */
  permission,
  /** → normalized CIDR; see `compileAddressRanges`. */
  cidr,
  /** → `{ host, port, loopback }`. */
  listenAddress,
  /** → the name. */
  name,
  /** → the pattern's text; see `findModelPattern`. */
  modelPattern,
  /** One or a list of the field → a list. */
  oneOrMany,
};
