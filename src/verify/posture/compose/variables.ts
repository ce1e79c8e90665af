/** Values nested deeper are left as they are written, so that no text makes reading it recurse without bound. */
const deepestNesting = 20;

interface Resolved {
  readonly text: string;
  /** Where the text behind it begins. */
  readonly end: number;
}

/**
 * Puts in the defaults that a text gives its variables (`${TAG:-1.0}`), as Compose does where the variable is not set. Variables without one stay as they
 * are written. https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
 */
export function resolveVariables(text: string): string {
  return text.includes('$') ? resolveUntil(text, 0, 0).text : text;
}

/** Reads up to the brace that closes the variable around it or, outside of one, to the end. */
function resolveUntil(text: string, start: number, depth: number): Resolved {
  const parts: string[] = [];
  let at = start;
  while (at < text.length && (depth === 0 || text[at] !== '}')) {
    if (text.startsWith('$$', at)) {
      parts.push('$$');
      at += 2;
    } else if (text.startsWith('${', at) && depth < deepestNesting) {
      const variable = resolveVariable(text, at, depth);
      parts.push(variable.text);
      at = variable.end;
    } else {
      parts.push(text[at] ?? '');
      at += 1;
    }
  }
  return { text: parts.join(''), end: at };
}

/** One variable, from its dollar on. */
function resolveVariable(text: string, start: number, depth: number): Resolved {
  let at = start + 2;
  while (/\w/.test(text[at] ?? '')) at += 1;
  const isOrEmpty = text[at] === ':';
  const operator = text[isOrEmpty ? at + 1 : at] ?? '';
  const inner = resolveUntil(text, '-+?'.includes(operator) ? at + (isOrEmpty ? 2 : 1) : at, depth + 1);
  const end = Math.min(inner.end + 1, text.length);
  return { text: operator === '-' && text[inner.end] === '}' ? inner.text : text.slice(start, end), end };
}

/** Whether a text has variables that nothing gives a value; `$$` is a dollar. */
export function hasVariable(text: string): boolean {
  return /\$(\{|[A-Za-z_])/.test(text.replaceAll('$$', ''));
}

/** The parts between the separators, leaving those within a variable alone (`${DATA:?say where}:/data`). */
export function splitOutsideVariables(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text[at] === '}') depth = Math.max(0, depth - 1);
    else if (depth === 0 && text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
