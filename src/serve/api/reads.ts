import type { Operator } from '../../enforce/identity/index.ts';
import type { Entry, EntryValue } from '../../record/index.ts';

const windowMs = 300_000;
const mostKeys = 512;

export type WriteNote = (kind: string, more: Partial<Omit<Entry, 'id' | 'at' | 'kind'>>) => Promise<void>;

/** Records who read what. */
export interface ReadRecorder {
  /** Resolves when it is recorded, or counted with an earlier one of the same. */
  record(operator: Operator, target: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

interface Counted {
  readonly operator: string;
  readonly target: string;
  readonly asked: Readonly<Record<string, EntryValue>>;
  readonly until: number;
  more: number;
}

/** Ids and words of closed sets; what else stood in a query could be somebody's name, and is told as `other`. */
const harmless =
  /^(?:[a-z]{2,6}_[\w-]{4,64}|[0-9a-f-]{36}|[a-z]+\.[a-z-]+|owner|system|allowed|denied|succeeded|failed|cancelled|cut|unknown|oldest|newest|true|false)$/;

function tell(input: Readonly<Record<string, unknown>>): Record<string, EntryValue> {
  const told = Object.entries(input).flatMap(([name, value]): [string, EntryValue][] => {
    if (value === undefined || name === 'cursor' || name === 'limit') return [];
    // Times move with every poll of "the last hour"; to the hour they say enough.
    if (typeof value === 'number') return [[name, new Date(value - (value % 3_600_000)).toISOString()]];
    return [[name, typeof value === 'string' && harmless.test(value) ? value : 'other']];
  });
  return Object.fromEntries(told);
}

/**
 * The same read by the same operator within five minutes is one entry, and what came after it another with a count: who polls leaves
 * a trace and floods nothing.
 */
export function createReadRecorder(write: WriteNote, now: () => number): ReadRecorder {
  const windows = new Map<string, Counted>();

  async function settle(key: string): Promise<void> {
    const found = windows.get(key);
    windows.delete(key);
    if (!found || found.more === 0) return;
    const { operator: actor, target, asked, more } = found;
    await write('access.read', { actor, target, detail: { asked, count: more } });
  }

  async function settleDue(): Promise<void> {
    const due = [...windows].filter(([, { until }]) => now() >= until).map(([key]) => key);
    if (windows.size >= mostKeys) due.push(...windows.keys().take(mostKeys / 2));
    for (const key of new Set(due)) await settle(key);
  }

  return {
    async record({ id }, target, input) {
      const asked = tell(input);
      const key = JSON.stringify([id, target, asked]);
      const open = windows.get(key);
      if (open && now() < open.until) {
        open.more += 1;
        return;
      }
      await settleDue();
      await settle(key);
      windows.set(key, { operator: id, target, asked, until: now() + windowMs, more: 0 });
      try {
        await write('access.read', { actor: id, target, detail: { asked } });
      } catch (error) {
        windows.delete(key);
        throw error;
      }
    },
    async close() {
      for (const key of windows.keys()) await settle(key);
    },
  };
}
