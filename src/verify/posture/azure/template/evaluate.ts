import { Undecided } from '../undecided.ts';
import { type Expression, formatExpression } from './expression.ts';
import { knownFunctions, longest, memberOf, textFunctions } from './functions.ts';

export const tooMuch = new Undecided({ because: 'grows too large to follow' });

type Call = Extract<Expression, { is: 'call' }>;

/** What expressions of a template can name. */
export interface Names {
  parameter(name: string): unknown;
  variable(name: string): unknown;
  copyIndex(loop: string | undefined, offset: number): unknown;
  reference(of: unknown, call: Expression): unknown;
  /** Whether that much may still be spent. */
  pay(cost: number): boolean;
}

/** Evaluates expressions. Nothing in them runs anything; what cannot be told becomes `Undecided`. */
export class Evaluator {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  evaluate(expression: Expression): unknown {
    if (!this.#names.pay(1)) return tooMuch;
    if (expression.is === 'literal') return expression.value;
    return expression.is === 'call' ? this.#call(expression) : this.#member(expression);
  }

  #member({ of, key }: Extract<Expression, { is: 'member' }>): unknown {
    const from = this.evaluate(of);
    const name = this.evaluate(key);
    const open = [from, name].find((one) => one instanceof Undecided);
    if (open) return renamed(open, { is: 'member', of, key });
    return memberOf(from, name);
  }

  #call(call: Call): unknown {
    const name = call.name.toLowerCase();
    const lazy = this.#lazy(name, call);
    if (lazy) return lazy.value;
    const given = call.given.map((one) => this.evaluate(one));
    const open = given.find((one) => one instanceof Undecided);
    if (name === 'concat' && given.some(Array.isArray)) return this.#joinLists(given);
    const makeText = textFunctions.get(name);
    if (makeText) {
      const text = makeText(given);
      return text === undefined ? cannot(call) : this.#bounded(this.#named(text, open, name));
    }
    if (name === 'reference') return this.#names.reference(given[0], call);
    const isHolder = name === 'createarray' || name === 'createobject' || name === 'array';
    if (open && !isHolder) return renamed(open, call);
    const known = knownFunctions.get(name)?.(...given);
    return known === undefined ? cannot(call) : this.#bounded(known);
  }

  /** An id is given though a name in it is open; another text with an open part is open. */
  #named(text: string, open: Undecided | undefined, name: string): unknown {
    if (text.length > longest) return tooMuch;
    return open === undefined || name.endsWith('resourceid')
      ? text
      : new Undecided({ because: open.because, text, isGiven: true });
  }

  #bounded(value: unknown): unknown {
    const length = typeof value === 'string' || Array.isArray(value) ? value.length : 0;
    return length > longest || !this.#names.pay(length / 16) ? tooMuch : value;
  }

  /** Functions that do not look at all of their arguments, or that look at the template. */
  #lazy(name: string, { given }: Call): { value: unknown } | undefined {
    const [first, second, third] = given;
    switch (name) {
      case 'parameters':
        return { value: this.#byName(first, (one) => this.#names.parameter(one)) };
      case 'variables':
        return { value: this.#byName(first, (one) => this.#names.variable(one)) };
      case 'copyindex':
        return { value: this.#copyIndex(given) };
      case 'if':
        return first && second && third ? { value: this.#choose(first, second, third) } : undefined;
      case 'and':
      case 'or':
        return { value: this.#all(given, name === 'and') };
      case 'coalesce':
        return { value: this.#coalesce(given) };
      default:
        return undefined;
    }
  }

  #byName(expression: Expression | undefined, get: (name: string) => unknown): unknown {
    const name = expression && this.evaluate(expression);
    if (name instanceof Undecided) return name;
    return typeof name === 'string' ? get(name) : cannot(expression);
  }

  #choose(condition: Expression, yes: Expression, no: Expression): unknown {
    const holds = this.evaluate(condition);
    if (holds === true) return this.evaluate(yes);
    if (holds === false) return this.evaluate(no);
    // Whichever it is, where it is the same.
    const [one, other] = [this.evaluate(yes), this.evaluate(no)];
    if (one === other) return one;
    return holds instanceof Undecided ? new Undecided({ because: holds.because }) : cannot(condition);
  }

  #all(given: readonly Expression[], decides: boolean): unknown {
    let open: Undecided | undefined;
    for (const one of given) {
      const value = this.evaluate(one);
      if (value === !decides) return value;
      if (value instanceof Undecided) open = value;
    }
    return open ?? decides;
  }

  #coalesce(given: readonly Expression[]): unknown {
    for (const one of given) {
      const value = this.evaluate(one);
      if (value !== null && value !== undefined) return value;
    }
    return null;
  }

  #copyIndex(given: readonly Expression[]): unknown {
    const values = given.map((one) => this.evaluate(one));
    const loop = values.find((one) => typeof one === 'string');
    return this.#names.copyIndex(loop, values.find((one) => typeof one === 'number') ?? 0);
  }

  #joinLists(given: readonly unknown[]): unknown {
    const open = given.find((one) => one instanceof Undecided);
    if (open) return open;
    const length = given.reduce<number>((sum, one) => sum + (Array.isArray(one) ? one.length : 1), 0);
    return length > longest ? tooMuch : this.#bounded(given.flat());
  }
}

/** What depends on something open is open for the same reason. */
const renamed = (open: Undecided, expression: Expression): Undecided =>
  new Undecided({ because: open.because, text: `{${formatExpression(expression)}}`, isGiven: open.isGiven });

export function cannot(expression: Expression | undefined): Undecided {
  const text = expression ? formatExpression(expression) : '';
  const name = expression?.is === 'call' ? expression.name : undefined;
  const because =
    name === undefined
      ? 'is an expression that has no value here'
      : `uses ${name}(), which is not evaluated here`;
  return new Undecided({
    because,
    text: `{${text}}`,
    isGiven: name !== undefined && /^(guid|uniqueString|newGuid|list)/i.test(name),
  });
}
