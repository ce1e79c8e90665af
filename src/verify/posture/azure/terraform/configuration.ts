import type { Field, FieldPath } from '../../field.ts';
import type { Written } from '../branch.ts';

/** The longest way of references through modules that is followed. */
const mostFollowed = 1000;

/** One module of the configuration: what it declares, and what it is called with. */
interface Module {
  /** `module.aks`, empty for the root. */
  readonly address: string;
  readonly field: Field;
  readonly call: { readonly of: Module; readonly expressions: Field } | undefined;
  readonly calls: Map<string, Module>;
}

/** What the configuration in a plan says, which knows what refers to what where the values are not known yet. */
export class Configuration {
  readonly modules: readonly Module[];
  readonly #resolved = new Map<string, readonly string[]>();
  readonly #resources = new Map<string, { module: Module; expressions: Field }>();

  constructor(field: Field) {
    this.modules = readModules(field);
    for (const module of this.modules)
      for (const resource of module.field.at('resources').items()) {
        const address = resource.at('address').text;
        if (address !== undefined)
          this.#resources.set(join(module.address, address), {
            module,
            expressions: resource.at('expressions'),
          });
      }
  }

  /** What is written at a place of a resource, by its address without indexes. */
  reader(address: string): ((path: FieldPath) => Written) | undefined {
    const found = this.#resources.get(address);
    if (!found) return undefined;
    return (path) => {
      const { isWritten, references } = expressionAt(found.expressions, path);
      const targets = references.flatMap((text) => this.#resolve({ text, module: found.module }));
      return { isWritten, targets: [...new Set(targets)] };
    };
  }

  #resolve(reference: Reference): readonly string[] {
    const key = `${reference.module.address} ${reference.text}`;
    const known = this.#resolved.get(key) ?? resolve(reference);
    this.#resolved.set(key, known);
    return known;
  }
}

function readModules(root: Field): Module[] {
  const found: Module[] = [];
  const open: Module[] = [createModule(root, '', undefined)];
  for (let module = open.pop(); module; module = open.pop()) {
    found.push(module);
    for (const [name, call] of module.field.at('module_calls').members()) {
      const inner = createModule(call.at('module'), join(module.address, `module.${name}`), {
        of: module,
        expressions: call.at('expressions'),
      });
      module.calls.set(name, inner);
      open.push(inner);
    }
  }
  return found;
}

const createModule = (field: Field, address: string, call: Module['call']) => ({
  address,
  field,
  call,
  calls: new Map<string, Module>(),
});

const join = (module: string, address: string): string => (module === '' ? address : `${module}.${address}`);

/** Blocks stand in lists here too, but those that are built (`dynamic`) do not stand here at all: what is planned of them was written all the same. */
function expressionAt(
  expressions: Field,
  path: FieldPath,
): { isWritten: boolean; references: readonly string[] } {
  let at = expressions;
  for (const [depth, step] of path.entries()) {
    if (Array.isArray(at.at('references').value))
      return { isWritten: true, references: at.at('references').texts() };
    const next = typeof step === 'string' ? at.at(step) : at.items()[step];
    if (next?.isSet !== true)
      return { isWritten: typeof step === 'number' || typeof path[depth + 1] === 'number', references: [] };
    at = next;
  }
  return { isWritten: true, references: at.at('references').texts() };
}

interface Reference {
  readonly text: string;
  readonly module: Module;
}

/** The addresses of the resources behind a reference, as others would call them: variables and outputs are followed through the modules. */
function resolve(first: Reference): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [first];
  for (let next = open.pop(); next && seen.size < mostFollowed; next = open.pop()) {
    const key = `${next.module.address} ${next.text}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const step = follow(next);
    if (typeof step === 'string') found.add(step);
    else for (const one of step) open.push(one);
  }
  return [...found];
}

/** Names of Terraform's own, which stand for no resource. */
const ownNames = new Set(['local', 'each', 'count', 'path', 'self', 'terraform']);

/** `azurerm_subnet.nodes.id` is a resource, `var.subnet` and `module.net.subnet` what stands for one elsewhere. */
function follow({ text, module }: Reference): string | Reference[] {
  const [first = '', name = '', third = ''] = text.replace(/\[[^\]]*\]/g, '').split('.');
  if (first === 'var')
    return module.call ? referencesIn(module.call.expressions.at(name), module.call.of) : [];
  if (first === 'module') {
    const inner = module.calls.get(name);
    return inner && third !== '' ? referencesIn(inner.field.at('outputs', third, 'expression'), inner) : [];
  }
  if (ownNames.has(first) || name === '') return [];
  return join(module.address, first === 'data' ? `data.${name}.${third}` : `${first}.${name}`);
}

const referencesIn = (expression: Field, module: Module): Reference[] =>
  expression
    .at('references')
    .texts()
    .map((text) => ({ text, module }));
