/**
 * Pictures of grouped digits and letters as one tree, so that a number in a text is compared with all of them in one walk, which ends
 * at the first group that fits none. A step is a group (how many digits, or how many letters) or a separator.
 */
export const longestDigits = 24;
export const longestLetters = 8;
const separators = ' -./)';
export const stepsOfNode = 40;

export const digitStep = (count: number): number => count;
export const letterStep = (count: number): number => longestDigits + count;

/** The step of a separator by its character code; 0 where it separates nothing. */
export const separatorSteps = Uint8Array.from({ length: 128 }, (_, code) => {
  const index = separators.indexOf(String.fromCharCode(code));
  return index < 0 ? 0 : longestDigits + longestLetters + 1 + index;
});

export interface PictureTree<Leaf> {
  /** At `node × stepsOfNode + step` the node the step leads to, or 0. Node 0 is nowhere, node 1 the beginning. */
  readonly next: Uint16Array;
  /** What ends at a node. */
  readonly leaves: readonly (readonly Leaf[] | undefined)[];
}

export function createPictureTree<Leaf>(
  rows: readonly { readonly picture: string; readonly leaf: Leaf }[],
): PictureTree<Leaf> {
  let next = new Uint16Array(stepsOfNode * 64);
  let nodes = 2;
  const leavesOf: Leaf[][] = [];
  const grow = (from: number, step: number): number => {
    const place = from * stepsOfNode + step;
    const known = next[place];
    if (known) return known;
    if ((nodes + 1) * stepsOfNode > next.length) {
      const larger = new Uint16Array(next.length * 2);
      larger.set(next);
      next = larger;
    }
    if (nodes > 0xffff) throw new RangeError('too many pictures');
    next[place] = nodes;
    return nodes++;
  };
  for (const { picture, leaf } of rows) {
    for (const spelled of spellings(picture)) {
      const last = stepsOf(spelled).reduce(grow, 1);
      (leavesOf[last] ??= []).push(leaf);
    }
  }
  return { next, leaves: leavesOf };
}

/** `99~99?-9` → each way to write it. `~` is the same throughout. */
export function spellings(picture: string): string[] {
  const uniform = picture.includes('~')
    ? [' ', '-', '.'].map((mark) => picture.replaceAll('~', mark))
    : [picture];
  return uniform.flatMap(withAndWithout);
}

function withAndWithout(picture: string): string[] {
  const mark = picture.indexOf('?');
  if (mark < 0) return [picture];
  const rest = picture.slice(mark + 1);
  return [picture.slice(0, mark), picture.slice(0, mark - 1)].flatMap((head) => withAndWithout(head + rest));
}

function stepsOf(picture: string): number[] {
  return [...picture.matchAll(/9+|A+|[ \-./)]/g)].map(([group]) => {
    if (group.startsWith('9')) return digitStep(group.length);
    if (group.startsWith('A')) return letterStep(group.length);
    return separatorSteps[group.charCodeAt(0)] ?? 0;
  });
}
