import { basename } from 'node:path';
import { Field } from '../../field.ts';
import type { Subject } from '../../subject.ts';
import type { YamlDocument } from '../../source/yaml.ts';
import { Branch } from '../branch.ts';
import { Deployment, type Output, type WrittenValue } from '../deployment.ts';
import { instanceKey, keyOfId, keyOfName } from '../keys.ts';
import { armKind, terraformKind } from '../kinds.ts';
import { isSecretValue } from '../secret-names.ts';
import { AzureResource } from '../resource.ts';
import { Undecided } from '../undecided.ts';
import { type ReadDeployment, UnreadTypes } from '../unread.ts';
import { Configuration } from './configuration.ts';

const afterApply = new Undecided({ because: 'is known only after apply' });

/** The output of `terraform show -json`, of a plan or of a state. https://developer.hashicorp.com/terraform/internals/json-format */
export function readPlan(document: YamlDocument, file: string): ReadDeployment {
  const root = new Field(document.value);
  const configuration = new Configuration(root.at('configuration', 'root_module'));
  const open = new Map(
    root
      .at('resource_changes')
      .items()
      .map((change) => [change.at('address').text, change.at('change', 'after_unknown').value] as const),
  );
  const unread = new UnreadTypes();
  const resources: AzureResource[] = [];
  for (const { field, module } of plannedResources(root)) {
    const address = field.at('address').text ?? '';
    const resource = readResource({ field, module, open: open.get(address), configuration, document, file });
    if (resource) resources.push(resource);
    else unread.add(field.at('type').text ?? 'of no type', field.path);
  }
  const subject = subjectOf(document, file);
  return {
    deployment: new Deployment({
      resources,
      written: readWritten(configuration, subject),
      outputs: readOutputs(root, subject),
    }),
    unread: unread.all(),
  };
}

function subjectOf(document: YamlDocument, file: string): Subject {
  return {
    kind: 'Terraform plan',
    name: basename(file),
    file,
    field: new Field(undefined),
    locate: document.locate,
  };
}

interface Planned {
  readonly field: Field;
  /** `module.aks["eu"]`, empty for the root. */
  readonly module: string;
}

/** What will be there when the plan is applied; of changes alone where somebody has left out the rest. */
function plannedResources(root: Field): Planned[] {
  const found: Planned[] = [];
  const open = [root.at('planned_values', 'root_module'), root.at('values', 'root_module')];
  for (let module = open.pop(); module; module = open.pop()) {
    const address = module.at('address').text ?? '';
    for (const field of module.at('resources').items())
      if (field.at('mode').text !== 'data') found.push({ field, module: address });
    for (const inner of module.at('child_modules').items()) open.push(inner);
  }
  if (found.length > 0) return found;
  return root
    .at('resource_changes')
    .items()
    .filter((change) => change.at('mode').text !== 'data' && change.at('change', 'after').isSet)
    .map((field) => ({ field, module: field.at('module_address').text ?? '' }));
}

interface ResourceContext extends Planned {
  readonly open: unknown;
  readonly configuration: Configuration;
  readonly document: YamlDocument;
  readonly file: string;
}

function readResource(context: ResourceContext): AzureResource | undefined {
  const { field, module, open, configuration, document, file } = context;
  const type = field.at('type').text ?? '';
  const place = field.at('values').isSet ? ['values'] : ['change', 'after'];
  const values = withOpen(field.at(...place).value, open);
  const address = field.at('address').text ?? '';
  const declared = withoutIndexes(address);
  const own = new Branch({
    value: values,
    path: [],
    anyCase: false,
    writtenAt: configuration.reader(declared),
  });
  const api = type === 'azapi_resource' ? readApiBranch(own, values) : undefined;
  const model = api ? armKind(api.type) : terraformKind(type);
  if (model === undefined) return undefined;
  const { value: given } = field.at('index');
  const index = typeof given === 'string' || typeof given === 'number' ? given : undefined;
  const named = own.read(['name']).text;
  const prefix = [...field.path, ...place];
  return new AzureResource(model, {
    form: api ? 'arm' : 'terraform',
    branch: api?.branch ?? own,
    kind: api?.type ?? type,
    namespace: module === '' ? undefined : module,
    name: `${field.at('name').text ?? ''}${index === undefined ? '' : `[${JSON.stringify(index)}]`}`,
    file,
    keys: [
      declared,
      ...(index === undefined ? [] : [instanceKey(declared, index)]),
      ...keysOfId(own.read(['id']).text),
      ...(named === undefined ? [] : [`${model}:${named.toLowerCase()}`]),
      ...(api && named !== undefined ? [keyOfName(api.type, named)] : []),
    ],
    parentKeys: parentsOf(own),
    index,
    locate: (path) => document.locate([...prefix, ...path]),
  });
}

const keysOfId = (id: string | undefined): string[] => (id === undefined || id === '' ? [] : [keyOfId(id)]);

/** Resources say by id, or through the configuration, what they are a part of. */
function parentsOf(own: Branch): string[] {
  return ['parent_id', 'server_id', 'kubernetes_cluster_id'].flatMap((name) => {
    const setting = own.read([name]);
    return [...setting.targets, ...keysOfId(setting.text)];
  });
}

/** `azapi_resource` says in `body` what a template would say, as a value or, before version 2, as JSON in a text. */
function readApiBranch(own: Branch, values: unknown): { type: string; branch: Branch } | undefined {
  const [type = ''] = (own.read(['type']).text ?? '').split('@');
  if (type === '') return undefined;
  const body = new Field(values).at('body').value;
  const value = typeof body === 'string' ? parseJson(body) : body;
  const { isOpen, targets } = own.read(['body']);
  return {
    type,
    branch: new Branch({
      // Without it nothing at all is known; so is every property.
      value: value ?? (isOpen ? afterApply : undefined),
      path: ['body'],
      anyCase: true,
      writtenAt: () => ({ isWritten: true, targets }),
    }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return new Undecided({ because: 'cannot be read, since the body is no JSON' });
  }
}

/** The values, and in them what only apply decides. */
function withOpen(value: unknown, open: unknown): unknown {
  if (open === true) return value ?? afterApply;
  if (typeof open !== 'object' || open === null) return value;
  if (Array.isArray(open)) {
    const given: unknown[] = Array.isArray(value) ? value : [];
    return Array.from({ length: Math.max(given.length, open.length) }, (_, index) =>
      withOpen(given[index], open[index]),
    );
  }
  const members = new Map(new Field(value).members().map(([name, one]) => [name, one.value]));
  for (const [name, one] of Object.entries(open)) members.set(name, withOpen(members.get(name), one));
  return Object.fromEntries(members);
}

/** `module.a["x"].azurerm_subnet.b[0]` without what stands in brackets, quotes within them included. */
const withoutIndexes = (address: string): string => address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, '');

/** Defaults of variables and constants: what somebody wrote into the configuration. */
function readWritten({ modules }: Configuration, subject: Subject): WrittenValue[] {
  return modules.flatMap(({ field }) => [
    ...field
      .at('variables')
      .members()
      .flatMap(([name, variable]) => {
        const { text: value, path } = variable.at('default');
        return value === undefined
          ? []
          : [{ subject, path, name, value, isSecure: variable.at('sensitive').isTrue }];
      }),
    ...field
      .at('resources')
      .items()
      .flatMap((resource) => constantsOf(resource.at('expressions'), subject)),
    ...field
      .at('module_calls')
      .members()
      .flatMap(([, call]) => constantsOf(call.at('expressions'), subject)),
  ]);
}

function constantsOf(expressions: Field, subject: Subject): WrittenValue[] {
  const found: WrittenValue[] = [];
  const open: (readonly [string, Field])[] = [...expressions.members()];
  const add = (name: string, field: Field): void => {
    open.push([name, field]);
  };
  for (let next = open.pop(); next; next = open.pop()) {
    const [name, field] = next;
    const { text: value, path } = field.at('constant_value');
    if (value !== undefined) found.push({ subject, path, name, value, isSecure: false });
    else if (Array.isArray(field.value)) for (const item of field.items()) add(name, item);
    else for (const [inner, member] of field.members()) add(inner, member);
  }
  return found;
}

function readOutputs(root: Field, subject: Subject): Output[] {
  return [root.at('planned_values', 'outputs'), root.at('values', 'outputs')].flatMap((outputs) =>
    outputs.members().map(([name, output]) => {
      const value = output.at('value').text;
      const isSecret = value !== undefined && isSecretValue(name, value);
      const secret = output.at('sensitive').isTrue ? 'state' : isSecret ? 'open' : undefined;
      return { subject, path: output.path, name, value, secret };
    }),
  );
}
