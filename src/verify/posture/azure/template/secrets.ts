import type { Field } from '../../field.ts';
import type { Output, WrittenValue } from '../deployment.ts';
import { isSecretValue } from '../secret-names.ts';
import { expressionIn } from './expression.ts';

type Written = Omit<WrittenValue, 'subject'>;

/** What stands as it is, without the language of templates. */
const isLiteral = (text: string): boolean => text !== '' && expressionIn(text) === undefined;

const isSecure = (declared: Field): boolean =>
  /^secure(string|object)$/i.test(declared.at('type').text ?? '');

/** Defaults of parameters, variables, and what resources say; of nested templates they say it themselves. */
export function writtenIn(template: Field, resources: readonly (readonly [string, Field])[]): Written[] {
  return [
    ...template
      .at('parameters')
      .members()
      .flatMap(([name, declared]) => defaultOf(name, declared)),
    ...textsIn('', template.at('variables')),
    ...resources.flatMap(([, resource]) => textsIn('', resource)),
  ];
}

function defaultOf(name: string, declared: Field): Written[] {
  const given = declared.at('defaultValue');
  if (!isSecure(declared)) return textsIn(name, given);
  const texts = textsIn(name, given);
  return texts.slice(0, 1).map((one) => ({ ...one, path: given.path, name, isSecure: true }));
}

function textsIn(name: string, field: Field): Written[] {
  const found: Written[] = [];
  const open: (readonly [string, Field])[] = [[name, field]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [called, { text: value, path }] = next;
    if (value !== undefined && isLiteral(value)) found.push({ path, name: called, value, isSecure: false });
    for (const item of next[1].items()) open.push([called, item]);
    for (const [member, one] of next[1].members())
      if (member !== 'template') open.push([member === 'value' ? called : member, one]);
  }
  return found;
}

/** Azure keeps the outputs of a deployment, and shows them to whoever may read it. */
export function outputsOf(template: Field): Omit<Output, 'subject'>[] {
  const secrets = new Set(
    template
      .at('parameters')
      .members()
      .filter(([, declared]) => isSecure(declared))
      .map(([name]) => name.toLowerCase()),
  );
  return template
    .at('outputs')
    .members()
    .map(([name, output]) => {
      const { text: value } = output.at('value');
      const isOpen = !isSecure(output) && value !== undefined && holdsSecret(name, value, secrets);
      return { path: output.path, name, value, secret: isOpen ? 'open' : undefined };
    });
}

function holdsSecret(name: string, value: string, secrets: ReadonlySet<string>): boolean {
  const expression = expressionIn(value);
  if (expression === undefined) return isSecretValue(name, value);
  const parameters = expression.matchAll(/\bparameters\(\s*'([^']*)'\s*\)/gi);
  return (
    /\blist[A-Za-z]*(Keys|Secrets?|ConnectionStrings|Credentials?|AccountSas|ServiceSas)\s*\(/i.test(
      expression,
    ) || [...parameters].some(([, parameter = '']) => secrets.has(parameter.toLowerCase()))
  );
}
