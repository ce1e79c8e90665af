import { z } from 'zod';
import { Fault } from '../../kernel/index.ts';

const mostItems = 1000;
const longestCursor = 512;

/** What every list takes: where to go on, and how many at most. */
export const pageInput = {
  cursor: z
    .string()
    .max(longestCursor)
    .optional()
    .describe('Where to go on: `next` of the page before. Opaque.'),
  limit: z.coerce.number().int().min(1).max(mostItems).prefault(100).describe('How many at most.'),
};

/** What every list answers beside its items. */
export const pageOutput = {
  next: z.string().optional().describe('The cursor of the next page; none where this is the last.'),
};

/** A place in a list as a cursor. Whoever reads one learns nothing that the page did not say. */
export function writeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

export function readCursor(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString();
  if (place === '' || writeCursor(place) !== cursor)
    throw new Fault('api.invalid', { detail: 'cursor: it is none this API gave.' });
  return place;
}

/** A page of a list that is at hand, ordered by a text that is each item's own and stays (`2026-01-31T12:00:00.000Z key_…`). */
export function page<Item>(
  items: readonly Item[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
  placeOf: (item: Item) => string,
): { items: Item[]; next?: string } {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const placed = items
    .map((item) => ({ item, place: placeOf(item) }))
    .filter(({ place }) => after === undefined || place > after)
    .sort((a, b) => (a.place < b.place ? -1 : 1));
  const found = placed.slice(0, limit);
  const last = found.at(-1);
  const more = placed.length > found.length && last !== undefined;
  return { items: found.map(({ item }) => item), ...(more && { next: writeCursor(last.place) }) };
}
