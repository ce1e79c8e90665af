import { looksSecret } from './literals.ts';
import { nearest } from './nearest.ts';
import type { PolicyPath } from './section.ts';

/** Something wrong with a policy, and where. No part of it holds a secret. */
export interface Problem {
  readonly file: string;
  /** From 1; 1 where the file could not be read at all. */
  readonly line: number;
  readonly column: number;
  /** `gate.routes[0].match`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly found?: string;
  readonly allowed?: readonly string[];
  readonly suggestion?: string;
}

export interface ProblemDraft {
  readonly path: PolicyPath;
  readonly message: string;
  readonly found?: string | undefined;
  readonly allowed?: readonly string[] | undefined;
  /** What the suggestion is sought for, where it is not `found`. */
  readonly mistaken?: string | undefined;
}

const longestFound = 60;

export function createProblem(
  draft: ProblemDraft,
  place: { file: string; line: number; column: number },
): Problem {
  const { message, allowed } = draft;
  const suggestion = nearest(draft.mistaken ?? draft.found ?? '', allowed ?? []);
  const found = draft.found !== undefined && !looksSecret(draft.found) ? shorten(draft.found) : undefined;
  return {
    ...place,
    path: formatPath(draft.path),
    message: looksSecret(message) ? 'not allowed here' : message,
    ...(found === undefined ? {} : { found }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** Control characters of the file must not reach a terminal. */
function shorten(text: string): string {
  const printable = JSON.stringify(text).slice(1, -1);
  return printable.length > longestFound ? `${printable.slice(0, longestFound)}…` : printable;
}

export function formatPath(path: PolicyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (looksSecret(part)) text += '[hidden]';
    else if (/^[\w*/-][\w.*/:-]*$/.test(part)) text += text ? `.${part}` : part;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** `surety.yaml:12:7 gate.routes[0].macth: unknown key "macth"; allowed: match, wire; did you mean "match"?` */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, found, allowed, suggestion } = problem;
  let text = `${file}:${line}:${column} ${path ? `${path}: ` : ''}${message}`;
  if (found !== undefined) text += `; found "${found}"`;
  if (allowed && allowed.length > 0) text += `; allowed: ${allowed.join(', ')}`;
  return suggestion === undefined ? text : `${text}; did you mean "${suggestion}"?`;
}
