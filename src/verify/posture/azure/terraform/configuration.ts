import type { Field, FieldPath } from '../../field.ts';
import type { Written } from '../branch.ts';

/** Modules may pass a reference on to each other this often. */
const mostHops = 20;

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
      const targets = references.flatMap((one) => resolve(one, found.module, mostHops));
      return { isWritten, targets: [...new Set(targets)] };
    };
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

/** `azurerm_subnet.nodes.id`, `var.subnet`, `module.net.subnet`: the address of the resource behind it, as others would call it. */
function resolve(reference: string, module: Module, hops: number): string[] {
  if (hops === 0) return [];
  const [first = '', name = '', output = ''] = reference.replace(/\[[^\]]*\]/g, '').split('.');
  if (first === 'var') {
    const { call } = module;
    if (!call) return [];
    return call.expressions
      .at(name, 'references')
      .texts()
      .flatMap((one) => resolve(one, call.of, hops - 1));
  }
  if (first === 'module') {
    const inner = module.calls.get(name);
    return inner === undefined || output === ''
      ? []
      : inner.field
          .at('outputs', output, 'expression', 'references')
          .texts()
          .flatMap((one) => resolve(one, inner, hops - 1));
  }
  if (['local', 'each', 'count', 'path', 'self', 'terraform'].includes(first) || name === '') return [];
  const address = first === 'data' ? `data.${name}.${output}` : `${first}.${name}`;
  return [join(module.address, address)];
}
