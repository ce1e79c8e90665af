import { type ImportDeclaration, type Node, parseSync, Visitor } from 'oxc-parser';

/** What one file says, as far as the rules ask. */
export interface FileFacts {
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  /** Lines that read the environment. */
  readonly environmentReads: readonly number[];
  readonly queries: readonly { readonly method: string; readonly line: number }[];
  readonly lines: number;
  readonly opensWithComment: boolean;
  readonly exportsAll: readonly number[];
  readonly errors: readonly string[];
}

export interface ImportFact {
  /** Undefined where it is computed and cannot be read. */
  readonly specifier: string | undefined;
  readonly typesOnly: boolean;
  readonly line: number;
}

export interface FunctionFact {
  readonly line: number;
  /** Lines of its own, without the functions inside it. */
  readonly ownLines: number;
}

interface OpenFunction {
  readonly start: number;
  inner: number;
}

/** Reads a file's facts from its syntax tree, so that no way of importing (re-export, `import()`, type import, worker URL) is missed. */
export function readFacts(path: string, text: string, queryMethods: readonly string[]): FileFacts {
  const { program, errors, comments } = parseSync(path, text);
  const lineAt = createLineFinder(text);
  const imports: ImportFact[] = [];
  const functions: FunctionFact[] = [];
  const environmentReads: number[] = [];
  const queries: { method: string; line: number }[] = [];
  const exportsAll: number[] = [];
  const open: OpenFunction[] = [];

  const addImport = (node: Node, source: Node | null, typesOnly: boolean) => {
    if (source) imports.push({ specifier: literalText(source), typesOnly, line: lineAt(node.start) });
  };
  const enter = (node: Node) => void open.push({ start: lineAt(node.start), inner: 0 });
  const leave = (node: Node) => {
    const { start, inner } = open.pop() ?? { start: 1, inner: 0 };
    const total = lineAt(node.end) - start + 1;
    functions.push({ line: start, ownLines: total - inner });
    const outer = open.at(-1);
    // A function on one line of its parent takes no line away from it.
    if (outer) outer.inner += Math.max(0, total - 2) + (total > 1 ? 1 : 0);
  };

  new Visitor({
    ImportDeclaration: (node) => addImport(node, node.source, isTypeImport(node)),
    ExportNamedDeclaration: (node) => addImport(node, node.source, node.exportKind === 'type'),
    ExportAllDeclaration(node) {
      addImport(node, node.source, node.exportKind === 'type');
      exportsAll.push(lineAt(node.start));
    },
    ImportExpression: (node) => addImport(node, node.source, false),
    TSImportType: (node) => addImport(node, node.source, true),
    NewExpression(node) {
      // new Worker(new URL('./worker.ts', import.meta.url))
      const [first, second] = node.arguments;
      const isModuleUrl = text.slice(second?.start ?? 0, second?.end ?? 0).startsWith('import.meta');
      if (!first || !isModuleUrl || !isIdentifier(node.callee, 'URL')) return;
      // A URL of data (a policy, package.json) imports nothing.
      if (/\*|\.(ts|js|mjs|cjs)$/.test(literalText(first) ?? '*')) addImport(node, first, false);
    },
    CallExpression(node) {
      if (isIdentifier(node.callee, 'require')) addImport(node, node.arguments[0] ?? null, false);
      const method = propertyName(node.callee);
      if (method && queryMethods.includes(method)) queries.push({ method, line: lineAt(node.start) });
    },
    TaggedTemplateExpression(node) {
      if (isIdentifier(node.tag, 'sql')) queries.push({ method: 'sql', line: lineAt(node.start) });
    },
    MemberExpression(node) {
      const ofProcess = isIdentifier(node.object, 'process') || propertyName(node.object) === 'process';
      if (ofProcess && propertyName(node) === 'env') environmentReads.push(lineAt(node.start));
    },
    VariableDeclarator(node) {
      const destructured =
        node.id.type === 'ObjectPattern' && node.init && isIdentifier(node.init, 'process');
      const pattern = text.slice(node.id.start, node.id.end);
      if (destructured && /\benv\b/.test(pattern)) environmentReads.push(lineAt(node.start));
    },
    ImportSpecifier(node) {
      const parent = imports.at(-1);
      const isProcess = parent?.specifier === 'node:process' || parent?.specifier === 'process';
      if (isProcess && text.slice(node.imported.start, node.imported.end) === 'env') {
        environmentReads.push(lineAt(node.start));
      }
    },
    FunctionDeclaration: enter,
    'FunctionDeclaration:exit': leave,
    FunctionExpression: enter,
    'FunctionExpression:exit': leave,
    ArrowFunctionExpression: enter,
    'ArrowFunctionExpression:exit': leave,
  }).visit(program);

  const opening = comments[0];
  return {
    imports,
    functions,
    environmentReads,
    queries,
    exportsAll,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    opensWithComment: opening?.type === 'Block' && opening.start === 0 && opening.value.startsWith('*'),
    errors: errors.map((error) => error.message),
  };
}

function isTypeImport(node: ImportDeclaration): boolean {
  if (node.importKind === 'type') return true;
  return (
    node.specifiers.length > 0 &&
    node.specifiers.every((entry) => entry.type === 'ImportSpecifier' && entry.importKind === 'type')
  );
}

function literalText(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral') return undefined;
  if (node.expressions.length === 0) return node.quasis[0]?.value.raw;
  // `../engine/thread.${ending}`: the folder and the beginning of the name are there to be read.
  const [first = '', ...rest] = node.quasis.map((quasi) => quasi.value.raw);
  const stays = /^\.{1,2}\/(?:[\w.-]+\/)*\w[^/]*$/.test(first) && rest.every((text) => !/\/|\.\./.test(text));
  return stays ? [first, ...rest].join('*') : undefined;
}

const isIdentifier = (node: Node, name: string): boolean => node.type === 'Identifier' && node.name === name;

function propertyName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  if (node.computed) return literalText(node.property);
  return node.property.type === 'Identifier' ? node.property.name : undefined;
}

function createLineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1))
    starts.push(index + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
