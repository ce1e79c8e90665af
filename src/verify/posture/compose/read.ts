import { Field } from '../field.ts';
import type { YamlDocument } from '../source/yaml.ts';
import { ComposeService, textOf } from './service.ts';

/** What a Compose file may hold at its top; others (`x-…`) are its writers' own. */
const topLevel = new Set([
  'version',
  'name',
  'services',
  'networks',
  'volumes',
  'configs',
  'secrets',
  'include',
  'models',
]);
/** What services of Compose have and those of other files with `services` in them do not. */
const serviceFields = [
  'image',
  'build',
  'extends',
  'command',
  'entrypoint',
  'environment',
  'env_file',
  'ports',
  'volumes',
  'networks',
  'network_mode',
  'depends_on',
  'restart',
  'deploy',
  'healthcheck',
  'user',
  'privileged',
  'cap_add',
  'cap_drop',
  'security_opt',
  'read_only',
  'container_name',
  'profiles',
] as const;

/** Whether a document says that it is a Compose file: it has services that look like those of Compose, and nothing that Compose does not know. */
export function isCompose(value: unknown): boolean {
  const root = new Field(value);
  return (
    root.members().every(([name]) => topLevel.has(name) || name.startsWith('x-')) &&
    root
      .at('services')
      .members()
      .some(([, service]) => serviceFields.some((name) => service.at(name).isSet))
  );
}

/** Something that cannot be told from the file alone. */
export interface ComposeGap {
  readonly field: Field;
  readonly reason: string;
  /** It should have been evaluated. */
  readonly failed: boolean;
}

export interface ComposeFile {
  readonly services: readonly ComposeService[];
  readonly gaps: readonly ComposeGap[];
}

const renderFirst = 'scan what it becomes: docker compose config | surety scan -';

/** The services of a Compose file. https://github.com/compose-spec/compose-spec/blob/main/spec.md */
export function readCompose({ value }: YamlDocument): ComposeFile {
  const root = new Field(value);
  const services: ComposeService[] = [];
  const gaps: ComposeGap[] = includesOf(root);
  const jobs = jobsOf(root);
  for (const [name, field] of root.at('services').members()) {
    const layers = layersOf(root, field);
    if ('reason' in layers) {
      gaps.push({ ...layers, failed: true });
      continue;
    }
    if (field.at('provider').isSet) {
      const reason = `the service ${name} is run by a program outside of Compose (provider)`;
      gaps.push({ field, reason, failed: false });
      continue;
    }
    const service = new ComposeService(name, root, { layers, isJob: jobs.has(name) });
    services.push(service);
    gaps.push(...environmentFilesOf(service));
  }
  return { services, gaps };
}

/** More services of one chain of `extends` than anybody writes; each is read once for every service above it. */
const longestChain = 20;

function layersOf(root: Field, service: Field): [Field, ...Field[]] | Omit<ComposeGap, 'failed'> {
  const layers: [Field, ...Field[]] = [service];
  const seen = new Set([service.path.at(-1)]);
  for (let at = service; ; ) {
    if (at.isSet && at.members().length === 0 && !isEmptyMapping(at))
      return { field: service, reason: 'the service is no mapping' };
    const base = at.at('extends');
    if (!base.isSet) return layers;
    const name = textOf(base) ?? textOf(base.at('service'));
    const file = textOf(base.at('file'));
    const reason = (what: string): Omit<ComposeGap, 'failed'> => ({
      field: base,
      reason: `the service ${String(service.path.at(-1))} extends ${what}; ${renderFirst}`,
    });
    if (file !== undefined) return reason(`one of another file (${file})`);
    const next = root.at('services', name ?? '');
    if (name === undefined || !next.isSet) return reason('one that is not in the file');
    if (seen.has(name)) return reason('itself');
    if (layers.length >= longestChain) return reason(`more than ${longestChain} others`);
    seen.add(name);
    layers.push(next);
    at = next;
  }
}

const isEmptyMapping = ({ value }: Field): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function includesOf(root: Field): ComposeGap[] {
  const includes = root.at('include');
  return (textOf(includes) === undefined ? includes.items() : [includes]).map((field) => {
    const paths = textOf(field) ?? textOf(field.at('path')) ?? field.at('path').texts().join(', ');
    return {
      field,
      reason: `it includes ${paths}, which is judged by itself where it is scanned too, and not together with this file`,
      failed: /:\/\/|^(git@|oci:)/.test(paths),
    };
  });
}

function environmentFilesOf(service: ComposeService): ComposeGap[] {
  return service.all('env_file').map((field) => ({
    field,
    reason: `the service ${service.name} takes variables from ${textOf(field) ?? textOf(field.at('path')) ?? 'a file'}, which is not read`,
    failed: false,
  }));
}

/** The services that others wait for to end. */
function jobsOf(root: Field): ReadonlySet<string> {
  const waited = root
    .at('services')
    .members()
    .flatMap(([, service]) => service.at('depends_on').members())
    .filter(([, one]) => textOf(one.at('condition')) === 'service_completed_successfully');
  return new Set(waited.map(([name]) => name));
}
