import { Field } from '../../field.ts';
import { keyOfId, keyOfName } from '../keys.ts';
import { Undecided } from '../undecided.ts';
import { cannot, Evaluator, type Names, tooMuch } from './evaluate.ts';
import { type Expression, expressionIn, formatExpression, parseExpression } from './expression.ts';

/** Azure makes this many copies at most. */
const mostCopies = 800;

/** What the evaluation of a whole file may cost, so that one that grows by itself ends. */
export interface Budget {
  left: number;
  /** How many values are being evaluated because of each other. */
  depth: number;
}

/** Values that need a value that needs a value …: nobody writes more of them by hand, or by a tool. */
const deepest = 100;

export const createBudget = (): Budget => ({ left: 2_000_000, depth: 0 });

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

/** What one template says: its values with their expressions evaluated, and what these can name. */
export class Scope implements Names {
  readonly #template: Field;
  readonly #budget: Budget;
  readonly #given: ReadonlyMap<string, () => unknown>;
  readonly #outer: Scope | undefined;
  readonly #known = new Map<string, unknown>();
  readonly #deployments = new Map<string, () => unknown>();
  readonly #loops: Loop[] = [];
  readonly #evaluator = new Evaluator(this);

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
    if (!this.pay(1)) return tooMuch;
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
      if (!this.pay(1)) return;
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

  pay(cost: number): boolean {
    this.#budget.left -= cost;
    return this.#budget.left > 0;
  }

  #text(text: string): unknown {
    const inner = expressionIn(text);
    if (inner === undefined) return text.startsWith('[[') ? text.slice(1) : text;
    const expression = parseExpression(inner);
    if (!expression)
      return new Undecided({ because: 'is an expression that cannot be read', text: `{${inner}}` });
    return this.#evaluator.evaluate(expression);
  }

  copyIndex(loop: string | undefined, offset: number): unknown {
    const found = this.#loops.findLast(({ name }) => loop === undefined || name === loop);
    if (typeof found?.index === 'number') return found.index + offset;
    return found?.index ?? this.#outer?.copyIndex(loop, offset) ?? cannot(undefined);
  }

  parameter(name: string): unknown {
    if (this.#outer) return this.#outer.parameter(name);
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

  variable(name: string): unknown {
    if (this.#outer) return this.#outer.variable(name);
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
    this.#budget.depth += 1;
    const value = this.#budget.depth > deepest ? tooMuch : evaluate();
    this.#budget.depth -= 1;
    this.#known.set(lower, value);
    return value;
  }

  /** Of a deployment of this file its outputs; of anything else what only Azure can tell. */
  reference(of: unknown, call: Expression): unknown {
    const text = typeof of === 'string' ? of : of instanceof Undecided ? of.text : '';
    const outputs = this.#deployments.get(keyOfId(text)) ?? this.#deployments.get(text.toLowerCase());
    if (outputs) return this.#once(`deployment ${text}`, outputs);
    if (this.#outer) return this.#outer.reference(of, call);
    return new Undecided({
      because: 'is what reference() says, which only Azure can tell',
      text: `{${formatExpression(call)}}`,
      isGiven: true,
    });
  }
}

/** The key of a nested deployment, for what refers to it. */
export const deploymentKey = (name: string): string => keyOfName('Microsoft.Resources/deployments', name);

function memberField(mapping: Field, name: string): Field | undefined {
  if (mapping.at(name).isSet) return mapping.at(name);
  return mapping.members().find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
}
