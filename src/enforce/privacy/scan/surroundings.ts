/** Text before or behind a value, in small letters; empty where it has no letter. */
export interface Around {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export const nowhere: Around = { from: -1, to: -1, text: '' };

const hasLetter = /[a-z\u0080-\uffff]/;

/** A stretch of a text; `known` is what was asked for last, since many rules ask about the same one. */
export function around(text: string, known: Around, { from, to }: Pick<Around, 'from' | 'to'>): Around {
  if (known.from === from && known.to === to) return known;
  const stretch = text.slice(Math.max(0, from), to).toLowerCase();
  return { from, to, text: hasLetter.test(stretch) ? stretch : '' };
}

export const isNear = (context: RegExp, { text }: Around): boolean => text !== '' && context.test(text);
