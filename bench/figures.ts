/** Arithmetic on samples, and how they are printed. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const place = Math.min(sorted.length - 1, Math.floor(sorted.length * part));
  return sorted[place] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function decimals(value: number, places: number): string {
  return Number.isFinite(value) ? value.toFixed(places) : '–';
}

export function printTable(title: string, rows: readonly Readonly<Record<string, string>>[]): void {
  const names = Object.keys(rows[0] ?? {});
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  console.log(`\n${title}\n`);
  console.log(line(names));
  console.log(widths.map((width) => '─'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(names.map((name) => row[name] ?? '')));
}

/** A target is a goal that is printed beside its figure; missing it is no failure of the run. */
export function printTarget(
  goal: string,
  value: number | undefined,
  isMet: (value: number) => boolean,
): void {
  if (value === undefined || !Number.isFinite(value)) return console.log(`  not measured  ${goal}`);
  console.log(
    `  ${isMet(value) ? 'met    ' : 'NOT met'}       ${goal}: ${value.toFixed(value < 100 ? 2 : 0)}`,
  );
}
