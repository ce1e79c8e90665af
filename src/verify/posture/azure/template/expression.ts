/** The language of templates, `[concat(parameters('name'), '-aks')]`. https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions */
export type Expression =
  | { readonly is: 'literal'; readonly value: string | number }
  | { readonly is: 'call'; readonly name: string; readonly given: readonly Expression[] }
  | { readonly is: 'member'; readonly of: Expression; readonly key: Expression };

const deepest = 64;
const token = /\s*(?:'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w]*)|([()[\],.?]))/y;

interface Token {
  readonly text?: string;
  readonly number?: number;
  readonly name?: string;
  readonly mark?: string;
}

/** What stands in a text, where it is an expression: brackets around it, and no second one at its start. */
export function expressionIn(text: string): string | undefined {
  return text.startsWith('[') && text.endsWith(']') && !text.startsWith('[[') ? text.slice(1, -1) : undefined;
}

/** Undefined where it is none of the language. */
export function parseExpression(text: string): Expression | undefined {
  const tokens = tokensOf(text);
  if (!tokens) return undefined;
  const parser = createParser(tokens);
  const expression = parser.expression(0);
  return expression && parser.isAtEnd() ? expression : undefined;
}

function tokensOf(text: string): Token[] | undefined {
  const found: Token[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const [, quoted, number, name, mark] = token.exec(text) ?? [];
    if (quoted !== undefined) found.push({ text: quoted.replaceAll("''", "'") });
    else if (number !== undefined) found.push({ number: Number(number) });
    else if (name !== undefined) found.push({ name });
    else if (mark === undefined) return undefined;
    else if (mark !== '?') found.push({ mark });
  }
  return found;
}

function createParser(tokens: readonly Token[]) {
  let at = 0;
  const takes = (mark: string): boolean => {
    if (tokens[at]?.mark !== mark) return false;
    at += 1;
    return true;
  };
  const isAtEnd = (): boolean => at === tokens.length;

  function expression(depth: number): Expression | undefined {
    let found = depth > deepest ? undefined : primary(depth);
    while (found) {
      const before: Expression = found;
      if (takes('.')) {
        const name = tokens[at]?.name;
        at += 1;
        found = name === undefined ? undefined : member(before, { is: 'literal', value: name });
      } else if (takes('[')) {
        const key = expression(depth + 1);
        found = key && takes(']') ? member(before, key) : undefined;
      } else return before;
    }
    return undefined;
  }

  function primary(depth: number): Expression | undefined {
    const { text, number, name } = tokens[at] ?? {};
    at += 1;
    if (text !== undefined || number !== undefined) return { is: 'literal', value: text ?? number ?? '' };
    if (name === undefined) return undefined;
    let called = name;
    // Functions of a template's own stand behind a namespace.
    while (takes('.')) {
      called += `.${tokens[at]?.name ?? ''}`;
      at += 1;
    }
    return takes('(') ? call(called, depth) : undefined;
  }

  function call(name: string, depth: number): Expression | undefined {
    const given: Expression[] = [];
    if (takes(')')) return { is: 'call', name, given };
    do {
      const one = expression(depth + 1);
      if (!one) return undefined;
      given.push(one);
    } while (takes(','));
    return takes(')') ? { is: 'call', name, given } : undefined;
  }

  return { expression, isAtEnd };
}

const member = (of: Expression, key: Expression): Expression => ({ is: 'member', of, key });

/** As it is written, always in the same way. */
export function formatExpression(expression: Expression): string {
  if (expression.is === 'literal')
    return typeof expression.value === 'string' ? `'${expression.value}'` : String(expression.value);
  return expression.is === 'call'
    ? `${expression.name}(${expression.given.map(formatExpression).join(', ')})`
    : `${formatExpression(expression.of)}[${formatExpression(expression.key)}]`;
}
