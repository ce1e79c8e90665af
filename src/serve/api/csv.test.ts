import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { csv } from './csv.ts';

/** Reads RFC 4180 back. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const at = text[index] ?? '';
    if (quoted) {
      if (at !== '"') cell += at;
      else if (text[index + 1] === '"') cell += text[++index];
      else quoted = false;
    } else if (at === '"') quoted = true;
    else if (at === ',') {
      row.push(cell);
      cell = '';
    } else if (at === '\r' && text[index + 1] === '\n') {
      index += 1;
      rows.push([...row, cell]);
      row = [];
      cell = '';
    } else cell += at;
  }
  return rows;
}

describe('CSV', () => {
  it('reads back as what was written, whatever the texts hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 4 })),
        (rows) => {
          const back = parse(csv(rows)).map((row) => row.map((cell) => cell.replace(/^'/, '')));
          assert.deepEqual(
            back,
            rows.map((row) => row.map((cell) => cell.replace(/^'/, ''))),
          );
        },
      ),
    );
  });

  it('holds nothing that a spreadsheet would run', () => {
    const attacks = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      ' =1',
      '\u200B=1',
      '＝1',
      '=HYPERLINK("http://x","y")',
    ];
    for (const attack of attacks) {
      const [row = []] = parse(csv([[attack, 5]]));
      assert.equal(row[0], `'${attack}`, JSON.stringify(attack));
      assert.equal(row[1], '5');
    }
    assert.equal(csv([['gpt-5-mini', -5]]), 'gpt-5-mini,-5\r\n');
  });
});
