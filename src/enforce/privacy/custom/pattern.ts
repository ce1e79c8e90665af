import { RE2JS } from 're2js';
import type { Candidate } from '../scan/candidate.ts';
import { boundPattern } from './bounded-pattern.ts';
import { type CustomDetector, customConfidence } from './custom.ts';

export const longestPattern = 512;
/** Instructions of the compiled program: what one character of a text can cost. */
const largestProgram = 4096;

/** Why a text is not a pattern that Surety searches for, or undefined. Repeats nothing of the pattern. */
export function patternProblem(source: string): string | undefined {
  try {
    compile(source, false);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    return 'RE2 does not take it: look-around, back-references and possessive repetition are not searched in linear time';
  }
}

function compile(source: string, ignoreCase: boolean): { pattern: RE2JS; longest: number } {
  if (source.length > longestPattern) throw new SyntaxError(`longer than ${longestPattern} characters`);
  const bounded = boundPattern(source);
  const pattern = RE2JS.compile(bounded.source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  if (pattern.programSize() > largestProgram)
    throw new SyntaxError('too large: its repetitions multiply; use fewer, or smaller bounds');
  return { pattern, longest: bounded.longest };
}

/** Searches by RE2, in time linear in the text whatever the pattern. Threat: a pattern in a policy that a text can make run for ever. */
export function createPatternDetector(options: {
  readonly name: string;
  readonly pattern: string;
  readonly ignoreCase: boolean;
}): CustomDetector {
  const { pattern, longest } = compile(options.pattern, options.ignoreCase);
  return {
    name: options.name,
    search(text, { from, final, order }) {
      const candidates: Candidate[] = [];
      const matcher = pattern.matcher(text);
      let decidedTo = final ? text.length : Math.max(from, text.length - longest - 1);
      for (let at = from; at <= text.length && matcher.find(at); ) {
        const [start, end] = [matcher.start(), matcher.end()];
        if (end > start) candidates.push({ origin: start, start, end, confidence: customConfidence, order });
        if (start >= decidedTo && !final) break;
        at = Math.max(end, start + 1);
      }
      decidedTo = Math.min(decidedTo, text.length);
      return { candidates, decidedTo };
    },
  };
}
