/**
 * Quantities as people write them in a policy: `90d`, `10 MB`, `600/min`, `200k/min`, `50 USD/day`.
 * Every parser returns undefined for text it does not fully understand; the caller says where the text stood.
 */

const durationUnits = new Map<string, number>(
  Object.entries({
    ms: 1,
    s: 1000,
    m: 60_000,
    min: 60_000,
    h: 3_600_000,
    d: 86_400_000,
    w: 604_800_000,
    y: 31_536_000_000,
  }),
);

/** `250ms`, `90s`, `15m`, `12h`, `90d`, `2w`, `1y` (365 days), `1h30m` → milliseconds. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?\s?[a-z]+\s?)+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s?([a-z]+)/g)) {
    const unitMs = durationUnits.get(unit as string);
    if (unitMs === undefined) return undefined;
    total += Number(amount) * unitMs;
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
}

/** Milliseconds as the shortest exact text `parseDuration` reads back. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const unitMs = durationUnits.get(unit) ?? 1;
    if (milliseconds >= unitMs && milliseconds % unitMs === 0) return `${milliseconds / unitMs}${unit}`;
  }
  return `${milliseconds}ms`;
}

const sizeUnits = new Map<string, number>(
  Object.entries({
    B: 1,
    kB: 1000,
    KB: 1000,
    MB: 1000 ** 2,
    GB: 1000 ** 3,
    KiB: 1024,
    MiB: 1024 ** 2,
    GiB: 1024 ** 3,
  }),
);

/** `512 B`, `64 KiB`, `10 MB`, `1 GiB` → bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?([A-Za-z]+)$/.exec(text);
  const unitBytes = match && sizeUnits.get(match[2] as string);
  if (!unitBytes) return undefined;
  const bytes = Math.round(Number(match[1]) * unitBytes);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * An allowance over a window. `s`, `min` and `h` windows roll; `day` and `month` are calendar windows in UTC.
 * For money the amount is in nano-dollars (`nanoUsd`).
 */
export interface Rate {
  readonly amount: number;
  readonly per: RateWindow;
}

export type RateWindow = 's' | 'min' | 'h' | 'day' | 'month';

export const rollingWindowMs = { s: 1000, min: 60_000, h: 3_600_000 } as const;

export function isRolling(window: RateWindow): window is keyof typeof rollingWindowMs {
  return window in rollingWindowMs;
}

const windowNames = new Map<string, RateWindow>(
  Object.entries({
    s: 's',
    sec: 's',
    second: 's',
    min: 'min',
    minute: 'min',
    h: 'h',
    hour: 'h',
    d: 'day',
    day: 'day',
    month: 'month',
  } as const),
);

const multiples = new Map([
  ['', 1],
  ['k', 1000],
  ['M', 1_000_000],
]);

/** `600/min`, `100/s`, `200k/min`, `5M/day` → a rate in whole units. */
export function parseRate(text: string): Rate | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?([kM]?)\s?\/\s?([a-z]+)$/.exec(text);
  const per = match && windowNames.get(match[3] as string);
  if (!per) return undefined;
  const amount = Number(match[1]) * (multiples.get(match[2] as string) ?? 1);
  return Number.isSafeInteger(amount) && amount > 0 ? { amount, per } : undefined;
}

/** Money is counted in whole nano-dollars, so that sums are exact: 1 USD = 1e9; up to 9 million USD fit exactly. */
const nanoUsdPerUsd = 1_000_000_000;

/** `50 USD/day`, `0.5 USD/h` → a rate in nano-dollars. */
export function parseMoneyRate(text: string): Rate | undefined {
  const match = /^(\d+(?:\.\d+)?) ?USD ?\/ ?([a-z]+)$/.exec(text);
  const per = match && windowNames.get(match[2] as string);
  if (!per) return undefined;
  const amount = Math.round(Number(match[1]) * nanoUsdPerUsd);
  return Number.isSafeInteger(amount) && amount > 0 ? { amount, per } : undefined;
}

/** `0.25 USD/M` (a million tokens), `0.5 USD/k` → nano-dollars per token, possibly fractional. */
export function parsePrice(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?USD ?\/ ?([kM])$/.exec(text);
  if (!match) return undefined;
  return (Number(match[1]) * nanoUsdPerUsd) / (multiples.get(match[2] as string) ?? 1);
}

export function formatRate(rate: Rate): string {
  return `${rate.amount}/${rate.per}`;
}

export function formatUsd(nanoUsd: number): string {
  return `${(nanoUsd / nanoUsdPerUsd).toFixed(nanoUsd % 10_000_000 === 0 ? 2 : 6)} USD`;
}
