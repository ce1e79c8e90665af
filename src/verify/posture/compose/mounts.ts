import { posix } from 'node:path';
import type { Field } from '../field.ts';
import { type ComposeService, isYes, textOf } from './service.ts';
import { splitOutsideVariables } from './variables.ts';

/** A path of the host in a container. */
export interface HostMount {
  readonly field: Field;
  /** Without `..` and slashes too many; `~` is the home of whoever runs Compose. Relative ones lie beside the file. */
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

/** A volume as it is written. */
interface Volume {
  readonly field: Field;
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
  readonly propagation: string | undefined;
  /** Undefined where the short syntax leaves it to the look of the source. */
  readonly kind: string | undefined;
}

const propagations = new Set(['shared', 'rshared', 'slave', 'rslave', 'private', 'rprivate']);

/** One of a target: where two have the same, the nearer one counts. */
export function volumesOf(service: ComposeService): readonly Volume[] {
  const found = new Map<string, Volume>();
  for (const field of service.all('volumes')) {
    const volume = readVolume(field);
    const key = posix.normalize(volume.target);
    if (!found.has(key)) found.set(key, volume);
  }
  return [...found.values()];
}

function readVolume(field: Field): Volume {
  const text = textOf(field);
  if (text === undefined)
    return {
      field,
      source: textOf(field.at('source')) ?? '',
      target: textOf(field.at('target')) ?? '',
      isReadOnly: isYes(field.at('read_only')),
      propagation: textOf(field.at('bind', 'propagation')),
      kind: textOf(field.at('type')),
    };
  const parts = splitOutsideVariables(text, ':');
  // A drive of Windows has a colon of its own.
  const [source = '', target, mode = ''] = /^[A-Za-z]$/.test(parts[0] ?? '')
    ? [parts.slice(0, 2).join(':'), ...parts.slice(2)]
    : parts;
  const options = mode.split(',');
  return {
    field,
    source: target === undefined ? '' : source,
    target: target ?? source,
    isReadOnly: options.includes('ro'),
    propagation: options.find((option) => propagations.has(option)),
    kind: undefined,
  };
}

/** The paths of the host that a service mounts, also through a named volume that is one in truth. */
export function hostMountsOf(service: ComposeService): HostMount[] {
  return volumesOf(service).flatMap((volume): HostMount[] => {
    const source = hostSource(volume, service);
    if (source === undefined) return [];
    const { field, target, isReadOnly } = volume;
    return [{ field, source: normalize(source), target, isReadOnly }];
  });
}

/** Sources that begin so are paths; others are names of volumes. */
const isPath = (source: string): boolean => /^([./~]|\$|[A-Za-z]:)/.test(source);

function hostSource({ kind, source }: Volume, { root }: ComposeService): string | undefined {
  if (source === '') return undefined;
  if (kind === 'bind' || kind === 'npipe' || (kind === undefined && isPath(source))) return source;
  if (kind !== undefined && kind !== 'volume') return undefined;
  const options = root.at('volumes', source, 'driver_opts');
  const mounting = textOf(options.at('o')) ?? '';
  const isBind = textOf(options.at('type')) === 'none' || /\br?bind\b/.test(mounting);
  return isBind ? textOf(options.at('device')) : undefined;
}

/** `$HOME` and `$PWD` are what every shell sets them to. */
function normalize(source: string): string {
  const known = source.replace(/^\$(HOME\b|\{HOME\})/, '~').replace(/^\$(PWD\b|\{PWD\})/, '.');
  const path = posix.normalize(known.replaceAll('\\', '/')).replace(/^\/+/, '/');
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path;
  return known.startsWith('./') && !bare.startsWith('.') ? `./${bare}` : bare;
}
