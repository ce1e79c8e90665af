import { basename } from 'node:path';
import { Field } from '../../field.ts';
import type { Subject } from '../../subject.ts';
import type { YamlDocument } from '../../source/yaml.ts';
import { Branch } from '../branch.ts';
import { Deployment, type Output, type WrittenValue } from '../deployment.ts';
import { keyOfName } from '../keys.ts';
import { armKind, type KindName } from '../kinds.ts';
import { AzureResource } from '../resource.ts';
import { Undecided } from '../undecided.ts';
import { type ReadDeployment, type Unread, UnreadTypes } from '../unread.ts';
import { outputsOf, writtenIn } from './secrets.ts';
import { createBudget, deploymentKey, Scope } from './scope.ts';

/** What is gathered of a file. */
interface Reading {
  readonly document: YamlDocument;
  readonly file: string;
  readonly subject: Subject;
  readonly resources: AzureResource[];
  readonly written: WrittenValue[];
  readonly outputs: Output[];
  readonly unread: Unread[];
  readonly unknown: UnreadTypes;
}

/** One template of the file: itself, or one that a deployment in it holds. */
interface Level {
  readonly template: Field;
  readonly scope: Scope;
  /** The deployments it is nested in; undefined for the file's own. */
  readonly namespace: string | undefined;
}

/** A template of Azure Resource Manager, as written or as compiled from Bicep, with all that is nested in it. https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax */
export function readTemplate(document: YamlDocument, file: string): ReadDeployment {
  const template = new Field(document.value);
  const reading: Reading = {
    document,
    file,
    subject: {
      kind: 'ARM template',
      name: basename(file),
      file,
      field: new Field(undefined),
      locate: document.locate,
    },
    resources: [],
    written: [],
    outputs: [],
    unread: [],
    unknown: new UnreadTypes(),
  };
  const scope = new Scope({ template, budget: createBudget() });
  readLevel({ template, scope, namespace: undefined }, reading);
  const { resources, written, outputs, unread, unknown } = reading;
  return {
    deployment: new Deployment({ resources, written, outputs }),
    unread: [...unread, ...unknown.all()],
  };
}

function readLevel(level: Level, reading: Reading): void {
  const { template, scope } = level;
  const resources = membersOf(template.at('resources'));
  for (const one of writtenIn(template, resources))
    reading.written.push({ ...one, subject: reading.subject });
  for (const one of outputsOf(template)) reading.outputs.push({ ...one, subject: reading.subject });
  // Deployments first: what others give out, any resource may refer to.
  const nested: Level[] = [];
  for (const [symbol, field] of resources)
    eachDeployed(field, scope, () => {
      if (isDeployment(field)) nested.push(...readNested([symbol, field], level, reading));
    });
  for (const [, field] of resources)
    eachDeployed(field, scope, () => {
      if (!isDeployment(field)) readResource(field, undefined, { level, reading });
    });
  for (const one of nested) readLevel(one, reading);
}

/** A list, or since version 2 of the language a mapping by symbols. */
function membersOf(resources: Field): (readonly [string, Field])[] {
  return Array.isArray(resources.value)
    ? resources.items().map((field) => ['', field] as const)
    : resources.members();
}

const isDeployment = (field: Field): boolean =>
  field.at('type').text?.toLowerCase() === 'microsoft.resources/deployments';

/** Each copy of what is deployed; nothing for what is there already, or is left out for certain. */
function eachDeployed(field: Field, scope: Scope, run: () => void): void {
  const runUnlessOff = (): void => {
    const condition = field.at('condition').value;
    if (condition === undefined || scope.value(condition) !== false) run();
  };
  if (field.at('existing').isTrue) return;
  if (field.at('copy').isSet) scope.forEachCopy(field.at('copy'), runUnlessOff);
  else runUnlessOff();
}

function readNested([symbol, field]: readonly [string, Field], level: Level, { unread }: Reading): Level[] {
  const { scope } = level;
  const name = nameText(scope.value(field.at('name').value));
  const template = field.at('properties', 'template');
  if (template.members().length === 0) {
    const reason = `the template of the deployment ${name} is another file; build it into one (bicep build), or scan that file`;
    unread.push({ path: field.path, reason, failed: true });
    return [];
  }
  const isOwn =
    field.at('properties', 'expressionEvaluationOptions', 'scope').text?.toLowerCase() === 'inner';
  const inner = scope.inner(template, isOwn ? givenParameters(field, scope) : undefined);
  scope.addDeployment([deploymentKey(name), ...(symbol === '' ? [] : [symbol])], () => ({
    outputs: Object.fromEntries(
      template
        .at('outputs')
        .members()
        .map(([output, one]) => [output, { value: inner.value(one.at('value').value) }]),
    ),
  }));
  const namespace = level.namespace === undefined ? name : `${level.namespace}/${name}`;
  return [{ template, scope: inner, namespace }];
}

function givenParameters(field: Field, scope: Scope): Map<string, () => unknown> {
  return new Map(
    field
      .at('properties', 'parameters')
      .members()
      .map(([name, given]) => {
        const { value } = given.at('value');
        const secret = new Undecided({ because: `is the secret of the parameter ${name}`, isGiven: true });
        const evaluate = (): unknown =>
          given.at('reference').isSet ? secret : value === undefined ? undefined : scope.value(value);
        return [name.toLowerCase(), scope.later(evaluate)] as const;
      }),
  );
}

interface Parent {
  readonly type: string;
  readonly name: string;
}

function readResource(
  field: Field,
  parent: Parent | undefined,
  place: { readonly level: Level; readonly reading: Reading },
): void {
  const { level, reading } = place;
  const { scope } = level;
  const own = scope.value(field.at('type').value);
  const shortType = typeof own === 'string' ? own : (field.at('type').text ?? 'of no type');
  const shortName = nameText(scope.value(field.at('name').value));
  const type = parent ? `${parent.type}/${shortType}` : shortType;
  const name = parent ? `${parent.name}/${shortName}` : shortName;
  const model = modelOf(type);
  if (model === undefined) reading.unknown.add(type, field.path);
  else reading.resources.push(createResource({ field, type, name, model }, place));
  for (const [, child] of membersOf(field.at('resources')))
    eachDeployed(child, scope, () => readResource(child, { type, name }, place));
}

function createResource(
  given: { field: Field; type: string; name: string; model: KindName },
  { level, reading }: { readonly level: Level; readonly reading: Reading },
): AzureResource {
  const { field, type, name, model } = given;
  const members = field.members().filter(([member]) => member !== 'resources' && member !== 'copy');
  const value = level.scope.value(Object.fromEntries(members.map(([member, one]) => [member, one.value])));
  return new AzureResource(model, {
    form: 'arm',
    branch: new Branch({ value, path: [], anyCase: true }),
    kind: type,
    namespace: level.namespace,
    name,
    file: reading.file,
    keys: [keyOfName(type, name)],
    parentKeys: parentKeysOf(type, name),
    locate: (path) => reading.document.locate([...field.path, ...path]),
  });
}

/** Settings about another resource may stand as a part of it: `…/managedClusters/providers/diagnosticSettings`. */
function modelOf(type: string): KindName | undefined {
  const [, extension] = /\/providers\/(\w+)$/i.exec(type) ?? [];
  return extension === undefined ? armKind(type) : armKind(`Microsoft.Insights/${extension}`);
}

function parentKeysOf(type: string, name: string): string[] {
  const extended = /^(.*)\/providers\/\w+$/i.exec(type)?.[1];
  const parts = (extended ?? type).split('/').length - 1 - (extended === undefined ? 1 : 0);
  if (parts < 1) return [];
  const parentType = extended ?? type.slice(0, type.lastIndexOf('/'));
  return [keyOfName(parentType, name.split('/').slice(0, parts).join('/'))];
}

const nameText = (name: unknown): string => {
  if (name instanceof Undecided) return name.text;
  return typeof name === 'string' ? name : '';
};
