export const caseKinds = ['access', 'portability', 'deletion', 'correction'] as const;
export type CaseKind = (typeof caseKinds)[number];

/** Why a request may be refused. Words of a closed set, so that they may stand in entries. */
export const refusalGrounds = [
  'not-identified',
  'unfounded',
  'excessive',
  'legal-obligation',
  'legal-claims',
  'rights-of-others',
] as const;
export type RefusalGround = (typeof refusalGrounds)[number];

type Term = { readonly months: number } | { readonly days: number };

export interface Law {
  readonly title: string;
  /** From receipt. */
  readonly term: Term;
  /** From receipt as well, once extended. */
  readonly extended: Term;
  readonly right: Readonly<Record<CaseKind, string>>;
  readonly deadline: string;
  readonly identity: string;
  readonly extension: string;
  readonly refusal: string;
  readonly grounds: Readonly<Record<RefusalGround, string>>;
}

/**
 * What two laws say of requests of data subjects. Citations help whoever handles a case to look; they are no legal advice, and whether a ground holds is
 * for a person to judge.
 */
export const laws = {
  gdpr: {
    title: 'Regulation (EU) 2016/679 (GDPR)',
    term: { months: 1 },
    extended: { months: 3 },
    right: { access: 'Art. 15', portability: 'Art. 20', deletion: 'Art. 17', correction: 'Art. 16' },
    deadline: 'Art. 12(3)',
    identity: 'Art. 12(6)',
    extension: 'Art. 12(3): two further months, told with the reasons within one month of receipt',
    refusal: 'Art. 12(4): told within one month of receipt, with the reasons and the ways to complain',
    grounds: {
      'not-identified': 'Art. 11(2), 12(2)',
      unfounded: 'Art. 12(5)(b)',
      excessive: 'Art. 12(5)(b)',
      'legal-obligation': 'Art. 17(3)(b)',
      'legal-claims': 'Art. 17(3)(e)',
      'rights-of-others': 'Art. 15(4), 20(4)',
    },
  },
  ccpa: {
    title: 'California Consumer Privacy Act',
    term: { days: 45 },
    extended: { days: 90 },
    right: {
      access: '§ 1798.110',
      portability: '§ 1798.130(a)(3)(B)(iii)',
      deletion: '§ 1798.105',
      correction: '§ 1798.106',
    },
    deadline: '§ 1798.130(a)(2)(A)',
    identity: '§ 1798.130(a)(2)(A), 11 CCR § 7060',
    extension: '§ 1798.130(a)(2)(A): 45 more days, told within the first 45',
    refusal: '§ 1798.145(h)(2): told without delay, within the time for an answer, with the reasons',
    grounds: {
      'not-identified': '11 CCR § 7060',
      unfounded: '§ 1798.145(h)(3)',
      excessive: '§ 1798.145(h)(3)',
      'legal-obligation': '§ 1798.105(d)(8)',
      'legal-claims': '§ 1798.145(a)',
      'rights-of-others': '§ 1798.145(k)',
    },
  },
} as const satisfies Readonly<Record<string, Law>>;

export type LawName = keyof typeof laws;
export const lawNames = Object.keys(laws) as [LawName, ...LawName[]];

/**
 * The last millisecond, in UTC, of the day a term ends on. A term of months ends on the day of the same number; where the month has none, on its last
 * (Regulation (EEC, Euratom) 1182/71, Art. 3(2)(c)). It is not put off by weekends and holidays, which differ from place to place: sooner is never late.
 */
export function endOfTerm(receivedAt: number, term: Term): number {
  const received = new Date(receivedAt);
  const [year, month, day] = [received.getUTCFullYear(), received.getUTCMonth(), received.getUTCDate()];
  if ('days' in term) return Date.UTC(year, month, day + term.days + 1) - 1;
  const daysInMonth = new Date(Date.UTC(year, month + term.months + 1, 0)).getUTCDate();
  return Date.UTC(year, month + term.months, Math.min(day, daysInMonth) + 1) - 1;
}
