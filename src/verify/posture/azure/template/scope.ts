import { Field } from '../../field.ts';
import { keyOfId, keyOfName } from '../keys.ts';
import { Undecided } from '../undecided.ts';
import { type Expression, expressionIn, formatExpression, parseExpression } from './expression.ts';
import { knownFunctions, longest, memberOf, textFunctions } from './functions.ts';

/** Azure makes this many copies at most. */
const mostCopies = 800;

/** What the evaluation of a whole file may cost, so that one that grows by itself ends. */
export interface Budget {
  left: number;
}

export const createBudget = (): Budget => ({ left: 2_000_000 });

const tooMuch = new Undecided({ because: 'grows too large to follow' });

interface ScopeGiven {
  readonly template: Field;
  readonly budget: Budget;
  /** What the parameters are given, by their names in lower case. */
  readonly parameters?: ReadonlyMap<string, () => unknown> | undefined;
  /** Of a nested template that is evaluated where it stands. */
  readonly outer?: Scope | undefined;
}

interface Loop {
  readonly name: string;
  readonly index: number | Undecided;
}

/** Evaluates the expressions of one template. Nothing in it runs anything; what it cannot tell becomes `Undecided`. */
export class Scope {
  readonly #template: Field;
  readonly #budget: Budget;
  readonly #given: ReadonlyMap<string, () => unknown>;
  readonly #outer: Scope | undefined;
  readonly #known = new Map<string, unknown>();
  readonly #deployments = new Map<string, () => unknown>();
  readonly #loops: Loop[] = [];

  constructor({ template, budget, parameters = new Map(), outer }: ScopeGiven) {
    this.#template = template;
    this.#budget = budget;
    this.#given = parameters;
    this.#outer = outer;
  }

  /** For a template within this one: evaluated by itself, or as a part of it. */
  inner(template: Field, parameters: ReadonlyMap<string, () => unknown> | undefined): Scope {
    const budget = this.#budget;
    return parameters
      ? new Scope({ template, budget, parameters })
      : new Scope({ template, budget, outer: this });
  }

  /** Evaluates something when it is asked for, as it would be now. */
  later(evaluate: () => unknown): () => unknown {
    const loops = [...this.#loops];
    return () => {
      const now = this.#loops.splice(0, this.#loops.length, ...loops);
      const value = evaluate();
      this.#loops.splice(0, this.#loops.length, ...now);
      return value;
    };
  }

  /** Makes the outputs of a nested deployment known, under its name and its symbol. */
  addDeployment(names: readonly string[], outputs: () => unknown): void {
    for (const name of names) this.#deployments.set(name.toLowerCase(), outputs);
  }

  value(value: unknown): unknown {
    if (!this.#pay(1)) return tooMuch;
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((one: unknown) => this.value(one));
    if (typeof value !== 'object' || value === null) return value;
    const members = new Field(value)
      .members()
      .filter(([name, { value: one }]) => !(name === 'copy' && Array.isArray(one)))
      .map(([name, { value: one }]) => [name, this.value(one)] as const);
    return Object.fromEntries([...members, ...this.#copies(new Field(value).at('copy'))]);
  }

  /** Once for each copy that is made; once with an open index where nobody can tell how many there are. */
  forEachCopy(copy: Field, run: () => void): void {
    const name = copy.at('name').text ?? '';
    const count = this.value(copy.at('count').value);
    const indexes =
      typeof count === 'number'
        ? Array.from({ length: Math.min(Math.max(0, Math.trunc(count)), mostCopies) }, (_, index) => index)
        : [new Undecided({ because: 'differs from copy to copy', text: '{copyIndex()}' })];
    for (const index of indexes) {
      if (!this.#pay(1)) return;
      this.#loops.push({ name, index });
      run();
      this.#loops.pop();
    }
  }

  #copies(copies: Field): (readonly [string, unknown])[] {
    return copies.items().map((copy) => {
      const made: unknown[] = [];
      this.forEachCopy(copy, () => made.push(this.value(copy.at('input').value)));
      return [copy.at('name').text ?? '', made] as const;
    });
  }

  #pay(cost: number): boolean {
    this.#budget.left -= cost;
    return this.#budget.left > 0;
  }

  #text(text: string): unknown {
    const inner = expressionIn(text);
    if (inner === undefined) return text.startsWith('[[') ? text.slice(1) : text;
    const expression = parseExpression(inner);
    if (!expression)
      return new Undecided({ because: 'is an expression that cannot be read', text: `{${inner}}` });
    return this.#evaluate(expression);
  }

  #evaluate(expression: Expression): unknown {
    if (!this.#pay(1)) return tooMuch;
    if (expression.is === 'literal') return expression.value;
    return expression.is === 'call' ? this.#call(expression) : this.#member(expression);
  }

  #member({ of, key }: Extract<Expression, { is: 'member' }>): unknown {
    const from = this.#evaluate(of);
    const name = this.#evaluate(key);
    const open = [from, name].find((one) => one instanceof Undecided);
    if (open) return renamed(open, { is: 'member', of, key });
    return memberOf(from, name);
  }

  #call(call: Extract<Expression, { is: 'call' }>): unknown {
    const name = call.name.toLowerCase();
    const lazy = this.#lazy(name, call);
    if (lazy) return lazy.value;
    const given = call.given.map((one) => this.#evaluate(one));
    const open = given.find((one) => one instanceof Undecided);
    if (name === 'concat' && given.some(Array.isArray)) return this.#joinLists(given);
    const makeText = textFunctions.get(name);
    if (makeText) {
      const text = makeText(given);
      return text === undefined ? cannot(call) : this.#bounded(this.#named(text, open, name));
    }
    if (name === 'reference') return this.#reference(given[0], call);
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
    return length > longest || !this.#pay(length / 16) ? tooMuch : value;
  }

  /** Functions that do not look at all of their arguments, or that look at the template. */
  #lazy(name: string, { given }: Extract<Expression, { is: 'call' }>): { value: unknown } | undefined {
    const [first, second, third] = given;
    switch (name) {
      case 'parameters':
        return { value: this.#byName(first, (one) => this.#parameter(one)) };
      case 'variables':
        return { value: this.#byName(first, (one) => this.#variable(one)) };
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
    const name = expression && this.#evaluate(expression);
    if (name instanceof Undecided) return name;
    return typeof name === 'string' ? get(name) : cannot(expression);
  }

  #choose(condition: Expression, yes: Expression, no: Expression): unknown {
    const holds = this.#evaluate(condition);
    if (holds === true) return this.#evaluate(yes);
    if (holds === false) return this.#evaluate(no);
    // Whichever it is, where it is the same.
    const [one, other] = [this.#evaluate(yes), this.#evaluate(no)];
    if (one === other) return one;
    return holds instanceof Undecided ? new Undecided({ because: holds.because }) : cannot(condition);
  }

  #all(given: readonly Expression[], decides: boolean): unknown {
    let open: Undecided | undefined;
    for (const one of given) {
      const value = this.#evaluate(one);
      if (value === !decides) return value;
      if (value instanceof Undecided) open = value;
    }
    return open ?? decides;
  }

  #coalesce(given: readonly Expression[]): unknown {
    for (const one of given) {
      const value = this.#evaluate(one);
      if (value !== null && value !== undefined) return value;
    }
    return null;
  }

  #copyIndex(given: readonly Expression[]): unknown {
    const values = given.map((one) => this.#evaluate(one));
    const name = values.find((one) => typeof one === 'string');
    const offset = values.find((one) => typeof one === 'number') ?? 0;
    const loop = this.#loops.findLast((one) => name === undefined || one.name === name);
    if (typeof loop?.index === 'number') return loop.index + offset;
    return loop?.index ?? this.#outer?.copyIndex(given) ?? cannot(undefined);
  }

  /** Of the template around this one. */
  copyIndex(given: readonly Expression[]): unknown {
    return this.#copyIndex(given);
  }

  #parameter(name: string): unknown {
    if (this.#outer) return this.#outer.#parameter(name);
    return this.#once(`parameter ${name}`, () => {
      const declared = memberField(this.#template.at('parameters'), name);
      const type = declared?.at('type').text?.toLowerCase() ?? '';
      const text = `{parameters('${name}')}`;
      if (type.startsWith('secure'))
        return new Undecided({ because: `is the secret of the parameter ${name}`, text, isGiven: true });
      const given = this.#given.get(name.toLowerCase())?.();
      if (given !== undefined) return given;
      if (declared?.at('defaultValue').value !== undefined)
        return this.value(declared.at('defaultValue').value);
      if (declared?.at('nullable').isTrue) return null;
      return new Undecided({ because: `depends on the parameter ${name}, which has no value here`, text });
    });
  }

  #variable(name: string): unknown {
    if (this.#outer) return this.#outer.#variable(name);
    return this.#once(`variable ${name}`, () => {
      const variables = this.#template.at('variables');
      const found = memberField(variables, name);
      if (found && !Array.isArray(found.value)) return this.value(found.value);
      const copy = variables
        .at('copy')
        .items()
        .find((one) => one.at('name').text?.toLowerCase() === name.toLowerCase());
      if (!copy) return found ? this.value(found.value) : cannot(undefined);
      const made: unknown[] = [];
      this.forEachCopy(copy, () => made.push(this.value(copy.at('input').value)));
      return made;
    });
  }

  /** Each is evaluated once; one that needs itself has no value. */
  #once(key: string, evaluate: () => unknown): unknown {
    const lower = key.toLowerCase();
    if (this.#known.has(lower)) return this.#known.get(lower);
    this.#known.set(lower, new Undecided({ because: `depends on the ${key}, which depends on itself` }));
    const value = evaluate();
    this.#known.set(lower, value);
    return value;
  }

  /** Of a deployment of this file its outputs; of anything else what only Azure can tell. */
  #reference(of: unknown, call: Expression): unknown {
    const text = typeof of === 'string' ? of : of instanceof Undecided ? of.text : '';
    const outputs = this.#deployments.get(keyOfId(text)) ?? this.#deployments.get(text.toLowerCase());
    if (outputs) return this.#once(`deployment ${text}`, outputs);
    if (this.#outer) return this.#outer.#reference(of, call);
    return new Undecided({
      because: 'is what reference() says, which only Azure can tell',
      text: `{${formatExpression(call)}}`,
      isGiven: true,
    });
  }

  #joinLists(given: readonly unknown[]): unknown {
    const open = given.find((one) => one instanceof Undecided);
    if (open) return open;
    const length = given.reduce<number>((sum, one) => sum + (Array.isArray(one) ? one.length : 1), 0);
    return length > longest ? tooMuch : this.#bounded(given.flat());
  }
}

/** The key of a nested deployment, for what refers to it. */
export const deploymentKey = (name: string): string => keyOfName('Microsoft.Resources/deployments', name);

function memberField(mapping: Field, name: string): Field | undefined {
  if (mapping.at(name).isSet) return mapping.at(name);
  return mapping.members().find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
}

/** What depends on something open is open for the same reason. */
const renamed = (open: Undecided, expression: Expression): Undecided =>
  new Undecided({ because: open.because, text: `{${formatExpression(expression)}}`, isGiven: open.isGiven });

function cannot(expression: Expression | undefined): Undecided {
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
