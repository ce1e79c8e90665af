import type { Field } from '../field.ts';
import { type ComposeService, textOf } from './service.ts';
import { splitOutsideVariables } from './variables.ts';

/** A port of a container that is open on the host. */
export interface PublishedPort {
  readonly field: Field;
  /** The address of the host it is open on; empty: every one. */
  readonly address: string;
  /** In the container, first and last. */
  readonly target: { readonly first: number; readonly last: number } | undefined;
}

export function publishedPortsOf(service: ComposeService): PublishedPort[] {
  return service.all('ports').map((field) => {
    const text = textOf(field);
    if (text === undefined)
      return {
        field,
        address: bare(textOf(field.at('host_ip')) ?? ''),
        target: readRange(textOf(field.at('target')) ?? ''),
      };
    return { field, ...readShort(text) };
  });
}

/** `[ADDRESS:][PUBLISHED:]TARGET[/PROTOCOL]`; addresses of IPv6 stand in brackets or have colons of their own. */
function readShort(text: string): Pick<PublishedPort, 'address' | 'target'> {
  const parts = splitOutsideVariables(text.replace(/\/[a-z]+$/i, ''), ':');
  const target = readRange(parts.at(-1) ?? '');
  return { target, address: bare(parts.slice(0, -2).join(':')) };
}

const bare = (address: string): string => address.replace(/^\[(.*)\]$/, '$1');

function readRange(text: string): PublishedPort['target'] {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}
