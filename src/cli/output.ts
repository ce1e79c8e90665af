import { styleText } from 'node:util';
import type { Terminal } from './context.ts';

export type Styler = (style: Style, text: string) => string;

type Style = Parameters<typeof styleText>[0];

/** Styles for a person at a terminal, plain text for everything else (and where NO_COLOR is set, which `isTerminal` knows). */
export function styler(terminal: Terminal): Styler {
  return (style, text) => (terminal.isTerminal ? styleText(style, text, { validateStream: false }) : text);
}

/**
 * Text that others chose (names of keys, models a caller asked for) as it may be shown: control and format characters, which could move the
 * cursor, hide or turn what stands there, become their code.
 */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Rows in columns as wide as their widest cell; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (found, row) => row.map((cell, column) => Math.max(found[column] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
