import type { Classifier } from '../classes.ts';
import { findIn, type FoundIn, type Mark } from './find.ts';
import type { Slices } from './slices.ts';

/** As much of a text as is looked at together with its neighbours of other messages. */
const seam = 64;
/** The same of the parts of one message, which a model reads as one text: as long as the longest finding. */
const seamOfParts = 8192;
/** Between the two ends of a long text. No detector matches it. */
const barrier = '\u0001';

/** A stretch of a text among the joined ones. */
interface Piece {
  readonly found: FoundIn;
  /** Where it is in the joined text. */
  readonly at: number;
  /** Where it is in its own text. */
  readonly from: number;
  readonly length: number;
}

/**
 * What was cut in pieces on purpose: over parts of one message and over messages, as if nothing or a space were between them; through texts that are
 * between, and with those of other roles left out. Of long texts only the ends are read again, so the cost is linear.
 */
export function* findAcross(classifier: Classifier, all: readonly FoundIn[]): Slices<void> {
  const texts = all.filter(({ place, text }) => place.lane !== undefined && /\S/.test(text));
  if (texts.length < 2) return;
  if (texts.some(({ place }, index) => place.group === texts[index - 1]?.place.group))
    yield* findJoined(classifier, yield* join(texts, parts));
  yield* findInLane(classifier, texts);
  const byLane = Map.groupBy(texts.keys(), (index) => texts[index]?.place.lane);
  yield;
  if (byLane.size < 2) return;
  for (const indexes of byLane.values()) {
    // A lane without others between its texts is joined already.
    if ((indexes.at(-1) ?? 0) - (indexes[0] ?? 0) < indexes.length) continue;
    yield* findInLane(
      classifier,
      indexes.map((index) => texts[index] as FoundIn),
    );
  }
}

function* findInLane(classifier: Classifier, texts: readonly FoundIn[]): Slices<void> {
  for (const separator of ['', ' '] as const)
    yield* findJoined(classifier, yield* join(texts, ofMessages(separator)));
  // Where some of the seams have a space and some have none, each is also read as it is written.
  const spaced = texts.reduce((count, { text }) => count + (text.trim() === text ? 0 : 1), 0);
  if (spaced > 0 && texts.length > 2)
    yield* findJoined(classifier, yield* join(texts, ofMessages('as written')));
}

/** Joined between two yields. */
const textsPerSlice = 2000;

interface Joined {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

interface Joining {
  /** `as written`: a space where one of the texts has one at the seam. */
  readonly separator: '' | ' ' | 'as written';
  /** How much of two neighbours is joined: of one message, of two. */
  readonly ofParts: number;
  readonly ofMessages: number;
  /** The spaces at the ends are left out. */
  readonly isTrimmed: boolean;
}

const parts: Joining = { separator: '', ofParts: seamOfParts, ofMessages: 0, isTrimmed: false };
const ofMessages = (separator: Joining['separator']): Joining => ({
  separator,
  ofParts: seam,
  ofMessages: seam,
  isTrimmed: true,
});

function* join(
  texts: readonly FoundIn[],
  { separator, ofParts, ofMessages: ofOthers, isTrimmed }: Joining,
): Slices<Joined> {
  const seamBetween = (one: FoundIn | undefined, next: FoundIn | undefined): number => {
    if (!one || !next) return 0;
    return one.place.group === next.place.group ? ofParts : ofOthers;
  };
  const pieces: Piece[] = [];
  const written: string[] = [];
  let at = 0;
  const say = (text: string): void => {
    written.push(text);
    at += text.length;
  };
  const add = (found: FoundIn, from: number, to: number): void => {
    pieces.push({ found, at, from, length: to - from });
    say(found.text.slice(from, to));
  };
  for (const [index, found] of texts.entries()) {
    if (index % textsPerSlice === textsPerSlice - 1) yield;
    const head = seamBetween(texts[index - 1], found);
    const tail = seamBetween(found, texts[index + 1]);
    const before = texts[index - 1]?.text ?? '';
    const between =
      separator === 'as written'
        ? /\s/.test(before.slice(-1)) || /^\s/.test(found.text)
          ? ' '
          : ''
        : separator;
    if (index > 0) say(head === 0 ? barrier : between);
    const [start, end] = isTrimmed ? edgesOf(found.text) : [0, found.text.length];
    if (head + tail === 0) continue;
    if (end - start <= head + tail) {
      add(found, start, end);
      continue;
    }
    if (head > 0) add(found, start, start + head);
    say(barrier);
    if (tail > 0) add(found, end - tail, end);
  }
  return { text: written.join(''), pieces };
}

/** Without the spaces around it. */
function edgesOf(text: string): readonly [number, number] {
  const start = text.length - text.trimStart().length;
  return [start, start + text.trim().length];
}

function* findJoined(classifier: Classifier, { text, pieces }: Joined): Slices<void> {
  let first = 0;
  let count = 0;
  for (const finding of yield* findIn(classifier.searcher, text, 'text')) {
    if (++count % textsPerSlice === 0) yield;
    while (first < pieces.length && endOf(pieces[first]) <= finding.start) first++;
    const touched: Touched[] = [];
    for (let index = first; index < pieces.length; index++) {
      const piece = pieces[index] as Piece;
      if (piece.at >= finding.end) break;
      const start = Math.max(finding.start, piece.at) - piece.at + piece.from;
      const end = Math.min(finding.end, piece.at + piece.length) - piece.at + piece.from;
      if (start < end) touched.push({ found: piece.found, start, end });
    }
    const rank = classifier.rankOf(finding.detector);
    const isWhole = ({ found, start, end }: Touched): boolean =>
      found.marks.some(
        (mark) => mark.start <= start && mark.end >= end && classifier.rankOf(mark.finding.detector) >= rank,
      );
    if (touched.length < 2 || touched.every(isWhole)) continue;
    if (!isOfOneMessage(touched) && isLonger(touched, isWhole)) continue;
    const whole = text.slice(finding.start, finding.end);
    for (const [index, { found, start, end }] of touched.entries())
      addMark(found, { start, end, finding, continues: index > 0, whole });
  }
}

const isOfOneMessage = (touched: readonly Touched[]): boolean =>
  touched.every(({ found }) => found.place.group === touched[0]?.found.place.group);

/**
 * Whether a text holds a whole value, which the join only made longer: by the first word of the next message, or by the last one of the message before,
 * unless that message says nothing else.
 */
function isLonger(touched: readonly Touched[], isWhole: (one: Touched) => boolean): boolean {
  const whole = touched.findIndex(isWhole);
  return whole === 0 || (whole > 0 && !touched.slice(0, whole).every(isAllOfItsText));
}

const isAllOfItsText = ({ found, start, end }: Touched): boolean =>
  found.text.slice(0, start).trim() === '' && found.text.slice(end).trim() === '';

interface Touched {
  readonly found: FoundIn;
  readonly start: number;
  readonly end: number;
}

const endOf = (piece: Piece | undefined): number => (piece ? piece.at + piece.length : 0);

/** Takes in what it overlaps. */
function addMark(found: FoundIn, mark: Mark): void {
  const overlapped = found.marks.filter(({ start, end }) => start < mark.end && end > mark.start);
  const start = Math.min(mark.start, ...overlapped.map((one) => one.start));
  const end = Math.max(mark.end, ...overlapped.map((one) => one.end));
  const kept = found.marks.filter((one) => !overlapped.includes(one));
  found.marks.splice(0, found.marks.length);
  for (const one of [
    ...kept,
    overlapped.length === 0 ? mark : { ...withoutWhole(mark), start, end },
  ].toSorted((a, b) => a.start - b.start))
    found.marks.push(one);
}

/** What took in others stands for more than its own text. */
const withoutWhole = ({ whole: _whole, ...mark }: Mark): Mark => mark;
