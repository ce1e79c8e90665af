import type { Clock, Log } from '../../../kernel/index.ts';
import type { Store } from '../../../store/index.ts';
import { createFileKeys } from './file-keys.ts';
import type { IssuerSection } from './issuer-section.ts';
import type { KeySource, KeyState } from './key-source.ts';
import { createKeptKeys } from './kept-keys.ts';
import { createRemoteKeys } from './remote-keys.ts';
import type { Issuer } from './verify.ts';

export interface IssuersOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** What relative `file:` places start from: the folder of the policy. */
  readonly baseFolder: string;
}

/** The issuers of the policy in force, with their keys. */
export interface Issuers {
  get(name: string): Issuer | undefined;
  readonly size: number;
  states(): readonly KeyState[];
  /** Makes those of a policy; throws Fault `policy.invalid`, and leaves nothing behind, where a `ca` cannot be read. Keys whose place did not change stay. */
  prepare(sections: readonly IssuerSection[]): PreparedIssuers;
  close(): Promise<void>;
}

export interface PreparedIssuers {
  swap(): void;
  /** For a policy that is not put in force after all. */
  discard(): void;
}

interface Row extends Issuer {
  /** Everything that says where the keys stand and how they are reached. */
  readonly place: string;
}

export function createIssuers(options: IssuersOptions): Issuers {
  let present = new Map<string, Row>();

  function makeRow(section: IssuerSection, made: KeySource[]): Row {
    const { issuer, keys, keep, proxy, ca } = section;
    const place = JSON.stringify([issuer, keys, keep, section.private, proxy, ca]);
    const known = present.get(issuer);
    if (known?.place === place) return { section, place, source: known.source };
    const source = createSource(section, options);
    made.push(source);
    return { section, place, source };
  }

  return {
    get: (name) => present.get(name),
    get size() {
      return present.size;
    },
    states: () =>
      [...present.values()].map(({ section: { issuer }, source }) => ({ issuer, ...source.state() })),
    prepare(sections) {
      const made: KeySource[] = [];
      const discard = (): void => {
        for (const source of made) void source.close();
      };
      try {
        const next = new Map(sections.map((section) => [section.issuer, makeRow(section, made)]));
        return {
          discard,
          swap() {
            const kept = new Set([...next.values()].map(({ source }) => source));
            const gone = [...present.values()].filter(({ source }) => !kept.has(source));
            present = next;
            for (const { source } of gone) void source.close();
          },
        };
      } catch (error) {
        discard();
        throw error;
      }
    },
    async close() {
      await Promise.all([...present.values()].map(({ source }) => source.close()));
    },
  };
}

function createSource(section: IssuerSection, options: IssuersOptions): KeySource {
  const { clock, log, baseFolder } = options;
  const { issuer, keys } = section;
  if (!keys?.startsWith('file:')) {
    return createRemoteKeys({ section, kept: createKeptKeys(section, options), clock, log });
  }
  return createFileKeys({ issuer, path: keys.slice('file:'.length), baseFolder, clock, log });
}
