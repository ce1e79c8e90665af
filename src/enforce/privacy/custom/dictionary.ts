import { isLetter, isDigit } from '../scan/characters.ts';
import { readText } from '../scan/view.ts';
import type { Candidate } from '../scan/candidate.ts';
import { type CustomDetector, customConfidence } from './custom.ts';

/**
 * Searches for all words of a list at once (Aho and Corasick, 1975): one step a character, however many words. Words are compared as detectors see
 * texts, whole (a word within a longer word is none), and without regard to case unless told otherwise.
 */
export function createDictionary(options: {
  readonly name: string;
  readonly words: readonly string[];
  readonly matchCase: boolean;
}): CustomDetector {
  const folded = (text: string): string => (options.matchCase ? text : foldCase(text));
  const automaton = buildAutomaton(options.words.map((word) => folded(readText(word, true).text)));
  return {
    name: options.name,
    search(text, { from, final, order }) {
      const candidates: Candidate[] = [];
      const searched = folded(text);
      let state = 0;
      let waitFrom = text.length;
      for (let at = from; at < text.length; at++) {
        state = automaton.step(state, searched.charCodeAt(at));
        for (
          let found = automaton.match(state);
          found !== 0;
          found = automaton.match(automaton.fail(found))
        ) {
          const end = at + 1;
          const start = end - automaton.depth(found);
          if (end === text.length && !final) waitFrom = Math.min(waitFrom, start);
          if (isWhole(text, start, end))
            candidates.push({ origin: start, start, end, confidence: customConfidence, order });
        }
      }
      const decidedTo = final ? text.length : Math.min(waitFrom, text.length - automaton.depth(state));
      return { candidates, decidedTo };
    },
  };
}

/** One code unit for one: places stay what they are. */
function foldCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from({ length: text.length }, (_, at) => {
    const one = text.charAt(at).toLowerCase();
    return one.length === 1 ? one : text.charAt(at);
  }).join('');
}

function isWhole(text: string, start: number, end: number): boolean {
  const cuts = (before: number, after: number): boolean => isWordPart(before) && isWordPart(after);
  if (start > 0 && cuts(text.charCodeAt(start - 1), text.charCodeAt(start))) return false;
  return !(end < text.length && cuts(text.charCodeAt(end - 1), text.charCodeAt(end)));
}

const isWordPart = (code: number): boolean => isLetter(code) || isDigit(code);

interface Automaton {
  step(state: number, code: number): number;
  fail(state: number): number;
  /** The state itself or the nearest along its failures where a word ends; 0: none. */
  match(state: number): number;
  depth(state: number): number;
}

function buildAutomaton(words: readonly string[]): Automaton {
  const next: Map<number, number>[] = [new Map<number, number>()];
  const depths = [0];
  const ends = [false];
  for (const word of words) {
    let state = 0;
    for (let at = 0; at < word.length; at++) {
      const code = word.charCodeAt(at);
      let to = next[state]?.get(code);
      if (to === undefined) {
        to = next.push(new Map<number, number>()) - 1;
        depths.push(at + 1);
        ends.push(false);
        next[state]?.set(code, to);
      }
      state = to;
    }
    ends[state] = true;
  }
  const fails = new Int32Array(next.length);
  const step = (from: number, code: number): number => {
    for (let state = from; ; state = fails[state] ?? 0) {
      const to = next[state]?.get(code);
      if (to !== undefined) return to;
      if (state === 0) return 0;
    }
  };
  const matches = new Int32Array(next.length);
  const queue: number[] = [...(next[0]?.values() ?? [])];
  for (const state of queue) {
    if (ends[state]) matches[state] = state;
    else matches[state] = matches[fails[state] ?? 0] ?? 0;
    for (const [code, to] of next[state] ?? []) {
      fails[to] = step(fails[state] ?? 0, code);
      queue.push(to);
    }
  }
  return {
    step,
    fail: (state) => fails[state] ?? 0,
    match: (state) => matches[state] ?? 0,
    depth: (state) => depths[state] ?? 0,
  };
}
