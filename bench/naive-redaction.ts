import { catalogue, type Detector } from '../src/enforce/privacy/index.ts';

/**
 * The obvious way: one regular expression after another over the whole text, each with its check. The same pictures and prefixes; where a
 * detector looks for itself, the expression one would write instead.
 */
const expressions: Readonly<Record<string, RegExp>> = {
  email: /[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}/g,
  iban: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b/g,
  phone: /\+\d{1,3}[ .-]?(?:\(0\))?(?:[ .-]?\d{1,5}){2,6}/g,
  wallet: /\b(?:0x[0-9A-Fa-f]{40}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})\b/g,
  ip: /(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}/g,
  'url-credentials': /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@]{0,128}:[^\s/?#@]{1,256}@[^\s"'<>]+/gi,
  'connection-string':
    /(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s/?#:@]{0,128}:[^\s/?#@]{1,256}@[^\s"'<>]+/gi,
  'birth-date': /\b(?:born|birth|dob)\b.{0,60}\b(?:19|20)\d{2}\b/gi,
  passport: /\bpassport\b.{0,60}\b[A-Z0-9]{6,9}\b/gi,
  'driving-licence': /\blicen[cs]e\b.{0,60}\b[A-Z0-9]{6,14}\b/gi,
};

interface NaiveRule {
  readonly pattern: RegExp;
  readonly check: ((value: string) => boolean) | undefined;
}

function sourceOf(picture: string): string {
  return picture.replace(/9+|A+|~|[.)/]/g, (group) => {
    if (group.startsWith('9')) return `\\d{${group.length}}`;
    if (group.startsWith('A')) return `[A-Za-z]{${group.length}}`;
    return group === '~' ? '[ .-]' : `\\${group}`;
  });
}

function rulesOf(detector: Detector): NaiveRule[] {
  const own = expressions[detector.name];
  const rules = detector.rules.flatMap((rule): NaiveRule[] => {
    if (rule.kind === 'wake') return [];
    if (rule.kind === 'literal') {
      const { check } = rule;
      return [{ pattern: new RegExp(rule.pattern.source, rule.pattern.flags.replace('y', 'g')), check }];
    }
    const { pictures, check } = rule;
    return [
      {
        pattern: new RegExp(`(?<![\\w.-])(?:${pictures.map(sourceOf).join('|')})(?![\\w-])`, 'g'),
        check:
          check &&
          ((value) => check(value.replace(/[^A-Za-z0-9]+/g, '').toUpperCase(), pictures[0] ?? '') !== false),
      },
    ];
  });
  return own ? [{ pattern: own, check: undefined }, ...rules] : rules;
}

const rules = catalogue.flatMap(rulesOf);

export function redactNaively(prompt: string): number {
  let text = prompt;
  let found = 0;
  for (const { pattern, check } of rules) {
    text = text.replace(pattern, (value) => {
      if (check && !check(value)) return value;
      found++;
      return '[REDACTED]';
    });
  }
  return found;
}
