import { asFault, Fault } from '../../../kernel/index.ts';
import type { ClockHold } from './clock-hold.ts';
import { createEntries, createTurns, type KeepingParts } from '../parts.ts';
import type { Holds, LegalHold } from './holds.ts';

export interface Due {
  readonly count: number;
  /** When the oldest of them was made, or ended. */
  readonly oldestAt?: number | undefined;
}

/**
 * One kind of thing that is kept, and when it goes. `kept` says why something that has no end has none. Whoever keeps the tables or files says how
 * to count and destroy; only what is past its time at `now`.
 */
export interface RetainedClass {
  readonly name: string;
  /** In words: what, and from when its time runs. */
  readonly what: string;
  /** Tables, files and folders of the data folder it stands in. */
  readonly where: readonly string[];
  readonly rule:
    | {
        readonly kind: 'swept';
        keepMs(): number;
        /** Past its time, what a legal hold keeps included. */
        due(now: number): Promise<Due>;
        /**
         * What `sweep` would destroy now, by its own conditions, when the classes in `swept` have been swept in the same run. Without it: all that
         * is due.
         */
        sweepable?(now: number, swept: ReadonlySet<string>): Promise<number>;
        sweep(now: number): Promise<number>;
      }
    /** Goes with another class, or by its own nature. */
    | { readonly kind: 'follows'; readonly why: string }
    | { readonly kind: 'kept'; readonly why: string };
}

export interface RetentionState {
  readonly name: string;
  readonly what: string;
  readonly where: readonly string[];
  readonly keepMs: number | undefined;
  /** Where nothing is swept: why. */
  readonly why: string | undefined;
  /** Past its time, and still there. */
  readonly due: number;
  readonly oldestAt: number | undefined;
  /** Of what is due: past its time for longer than sweeps take, because it is held or could not be destroyed. */
  readonly overdue: number;
  readonly holds: readonly LegalHold[];
  readonly sweptAt: number | undefined;
  /** The code of the fault the last sweep ended with. */
  readonly problem: string | undefined;
}

export interface Swept {
  readonly name: string;
  readonly count: number;
  readonly held: boolean;
  readonly problem?: string;
}

export interface Retention {
  status(): Promise<readonly RetentionState[]>;
  /** Destroys what is past its time and not held; with `dryRun` only counts it. One class that fails does not keep the others. */
  sweep(request: { dryRun: boolean; only?: string | undefined }, operator: string): Promise<readonly Swept[]>;
  /** Class names a hold may name. */
  readonly names: readonly string[];
  /** For metrics: as of the last look. */
  readonly figures: readonly Pick<RetentionState, 'name' | 'due' | 'overdue' | 'sweptAt' | 'problem'>[];
  look(): Promise<void>;
  readonly clock: ClockHold;
}

/** Sweeps come four times an hour; what is due for longer was not swept. */
const overdueAfterMs = 3_600_000;

export interface RetentionOptions extends KeepingParts {
  readonly classes: readonly RetainedClass[];
  readonly holds: Holds;
  readonly clockHold: ClockHold;
  readonly emptyLog: () => Promise<void>;
}

export function createRetention(options: RetentionOptions): Retention {
  const { classes, holds, clockHold, clock, log, ledger, emptyLog } = options;
  const entry = createEntries(options);
  const inTurn = createTurns();
  const last = new Map<string, { sweptAt?: number; problem?: string | undefined }>();
  let figures: Retention['figures'] = [];

  async function stateOf({ name, what, where, rule }: RetainedClass): Promise<RetentionState> {
    const now = clock.now();
    const swept = rule.kind === 'swept' ? rule : undefined;
    const due = (await swept?.due(now)) ?? { count: 0 };
    const overdue = due.count === 0 ? due : await swept?.due(now - overdueAfterMs);
    return {
      name,
      what,
      where,
      keepMs: swept?.keepMs(),
      why: rule.kind === 'swept' ? undefined : rule.why,
      due: due.count,
      oldestAt: due.oldestAt,
      overdue: overdue?.count ?? 0,
      holds: holds.over(name),
      sweptAt: last.get(name)?.sweptAt,
      problem: last.get(name)?.problem,
    };
  }

  async function sweepClass({ name, rule }: RetainedClass, operator: string): Promise<Swept> {
    if (rule.kind !== 'swept') return { name, count: 0, held: false };
    if (holds.over(name).length > 0) return { name, count: 0, held: true };
    const now = clock.now();
    try {
      const count = await rule.sweep(now);
      last.set(name, { sweptAt: now });
      if (count > 0) {
        const olderThan = new Date(now - rule.keepMs()).toISOString();
        const told = entry('retention.swept', {
          actor: operator,
          target: name,
          detail: { count, olderThan },
        });
        await ledger.append(told);
      }
      return { name, count, held: false };
    } catch (error) {
      const { code } = asFault(error);
      log.error('what is past its time could not be destroyed', { class: name, code });
      last.set(name, { ...last.get(name), problem: code });
      return { name, count: 0, held: false, problem: code };
    }
  }

  async function countClass({ name, rule }: RetainedClass, before: readonly Swept[]): Promise<Swept> {
    if (rule.kind !== 'swept') return { name, count: 0, held: false };
    if (holds.over(name).length > 0) return { name, count: 0, held: true };
    const now = clock.now();
    const swept = new Set(before.flatMap((one) => (one.held ? [] : one.name)));
    const count = rule.sweepable ? await rule.sweepable(now, swept) : (await rule.due(now)).count;
    return { name, count, held: false };
  }

  async function look(): Promise<void> {
    figures = await Promise.all(classes.filter(({ rule }) => rule.kind === 'swept').map(stateOf));
  }

  return {
    names: classes.map(({ name }) => name),
    status: () => Promise.all(classes.map(stateOf)),
    sweep: ({ dryRun, only }, operator) =>
      inTurn(async () => {
        const wanted = classes.filter(({ name }) => only === undefined || name === only);
        if (wanted.length === 0)
          throw new Fault('api.not-found', {
            detail: `There is no class of this name; there are ${classes.map(({ name }) => name).join(', ')}.`,
          });
        const swept: Swept[] = [];
        const isClockHeld = (await clockHold.check()) !== undefined;
        for (const one of wanted) {
          if (one.rule.kind !== 'swept') continue;
          if (isClockHeld) {
            last.set(one.name, { ...last.get(one.name), problem: 'retention.clock' });
            swept.push({ name: one.name, count: 0, held: true, problem: 'retention.clock' });
          } else if (dryRun) swept.push(await countClass(one, swept));
          else swept.push(await sweepClass(one, operator));
        }
        if (!dryRun && swept.some(({ count, problem }) => count > 0 || problem !== undefined))
          await emptyLog();
        await look();
        return swept;
      }),
    get figures() {
      return figures;
    },
    look,
    clock: clockHold,
  };
}
