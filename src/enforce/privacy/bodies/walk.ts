import type { JsonObject, JsonPath, JsonValue } from '../../../kernel/index.ts';
import type { Writing } from '../scan/view.ts';
import { isSealed, readOpaque } from './opaque.ts';
import * as shapes from './shape.ts';
import { type ExemptShape, isExempt, isVectorNumber, type ObjectShape, type Shape } from './shape.ts';
import type { Slices } from './slices.ts';
import { isArray, isObject, Texts } from './texts.ts';

/** A piece of a text that comes in many events. */
export interface Piece {
  /** Names the text: pieces of one channel belong together. */
  readonly channel: string;
  readonly path: JsonPath;
  readonly writing: Writing;
  readonly text: string;
  /**
   * An event that carries nothing but this much of the text: of the members around it only those the shape says, and of texts only those that
   * `isClean` knows to hold nothing.
   */
  carry(text: string, isClean: (text: string) => boolean): JsonObject;
}

interface Task {
  readonly value: JsonValue | undefined;
  readonly path: JsonPath;
  readonly shape: Shape;
  readonly lane: string;
  /** Of the lists of a stream, the numbers it is below of. */
  readonly scope: string;
  readonly parent: Container | undefined;
}

/** An object or a list that is being read. */
interface Container {
  readonly value: JsonValue;
  readonly shape: ObjectShape | undefined;
  readonly step: string | number | undefined;
  readonly parent: Container | undefined;
}

/** Members of an object that its shape does not define, from one on. */
interface UnknownMembers {
  readonly names: readonly string[];
  readonly from: number;
  readonly value: JsonObject;
  readonly path: JsonPath;
  readonly shape: ObjectShape;
}

const endOfGroup = Symbol('end of group');

/** Values read between two yields. */
const valuesPerSlice = 2000;

/**
 * Reads a document by a shape. What it guarantees: of every object every member, and of every list every item, becomes a place that detectors read, unless it
 * is null, true or false, or is exempt by `isExempt`. Without recursion, so that large documents are read in slices.
 */
export class Walk {
  readonly texts = new Texts();
  readonly pieces: Piece[] = [];
  readonly #pending: (Task | UnknownMembers | typeof endOfGroup)[] = [];

  *read(value: JsonValue, shape: Shape, scope = ''): Slices<this> {
    this.#pending.push({ value, path: [], shape, lane: '', scope, parent: undefined });
    for (let count = 1; ; count++) {
      const task = this.#pending.pop();
      if (task === undefined) return this;
      if (task === endOfGroup) this.texts.startGroup();
      else if ('names' in task) this.#unknownMembers(task);
      else this.#visit(task, task.shape);
      if (count % valuesPerSlice === 0 || (typeof task === 'object' && 'names' in task)) yield;
    }
  }

  #visit(task: Task, shape: Shape): void {
    const { value, path } = task;
    if (value === undefined || value === null || typeof value === 'boolean') return;
    switch (shape.is) {
      case 'word':
      case 'id':
      case 'count':
      case 'time':
        return this.#exempt(task, shape);
      case 'text':
      case 'alone':
      case 'json':
      case 'sealed':
      case 'data':
      case 'piece':
        return typeof value === 'string' ? this.#string(task, value, shape) : this.#tree(task);
      case 'tree':
        return this.#tree(task);
      case 'unknown':
        if (isEmpty(value)) return;
        this.texts.cannotRead(path, 'unknown');
        return this.#tree(task);
      case 'hidden':
        if (isEmpty(value)) return;
        this.texts.cannotRead(path, shape.what);
        return this.#tree(task);
      case 'skip':
        return;
      case 'numbers':
        return isArray(value) ? this.#numbers(task, value, shape) : this.#tree(task);
      case 'list':
        return isArray(value) ? this.#list(task, value, shape.of) : this.#visit(task, shapes.unknown);
      case 'object':
        return isObject(value) ? this.#object(task, value, shape) : this.#visit(task, shapes.unknown);
      case 'kinds': {
        if (!isObject(value)) return this.#visit(task, shapes.unknown);
        const kind = value[shape.by];
        const known = typeof kind === 'string' ? shape.kinds.get(kind) : undefined;
        return this.#visit(task, known ?? (kind === undefined ? shape.otherwise : shapes.unknown));
      }
      case 'either': {
        const chosen = isArray(value) ? shape.list : isObject(value) ? shape.object : shape.text;
        return chosen === undefined ? this.#visit(task, shapes.unknown) : this.#visit(task, chosen);
      }
      default:
        return shape satisfies never;
    }
  }

  #exempt(task: Task, shape: ExemptShape): void {
    const { value, path } = task;
    if (value !== undefined && isScalar(value) && isExempt(shape, value)) return;
    if (typeof value === 'string') this.texts.alone(path, value);
    else this.#tree(task);
  }

  #string(
    { path, lane, scope, parent }: Task,
    value: string,
    shape: Extract<Shape, { is: 'text' | 'alone' | 'json' | 'sealed' | 'data' | 'piece' }>,
  ): void {
    switch (shape.is) {
      case 'text':
        return this.texts.text(path, value, shape.lane ?? lane);
      case 'alone':
        return this.texts.alone(path, value);
      case 'json':
        return this.texts.json(path, value);
      case 'piece': {
        const channel = scope + (shape.channel === '' ? JSON.stringify(path) : shape.channel);
        this.pieces.push({
          channel,
          path,
          writing: shape.writing,
          text: value,
          carry: (text, isClean) => carry({ text, step: path.at(-1), parent, isClean }),
        });
        return;
      }
      case 'sealed':
      case 'data': {
        if (shape.is === 'sealed' && isSealed(value)) return;
        const { readsItself, decoded, isUnread } = readOpaque(value);
        if (readsItself || shape.is === 'sealed') this.texts.alone(path, value);
        for (const one of decoded) this.texts.decoded(path, one);
        if (isUnread && shape.is === 'data') this.texts.cannotRead(path, shape.what);
        return;
      }
      default:
        return shape satisfies never;
    }
  }

  #tree({ path, value }: Task): void {
    if (!isEmpty(value)) this.texts.tree(path, { named: false });
  }

  /** Numbers as they are; strings between them as texts, everything else as it is written. */
  #numbers(task: Task, value: readonly JsonValue[], shape: Extract<Shape, { is: 'numbers' }>): void {
    let hasNumbers = false;
    const below: Task[] = [];
    for (let index = 0; index < value.length; index++) {
      const item = value[index] as JsonValue;
      if (isVectorNumber(item)) hasNumbers = true;
      else below.push({ ...task, value: item, path: [...task.path, index] });
    }
    if (hasNumbers && shape.what !== undefined) this.texts.cannotRead(outermostList(task.path), shape.what);
    for (const item of below.toReversed()) {
      const isText = typeof item.value === 'string';
      this.#pending.push({
        ...item,
        shape: isText ? shapes.text : isArray(item.value) ? shape : shapes.tree,
      });
      if (isText) this.#pending.push(endOfGroup);
    }
  }

  #list(task: Task, value: readonly JsonValue[], of: Shape): void {
    const { path, lane, scope } = task;
    const parent = { value, shape: undefined, step: path.at(-1), parent: task.parent };
    for (let index = value.length - 1; index >= 0; index--)
      this.#pending.push({ value: value[index], path: [...path, index], shape: of, lane, scope, parent });
  }

  #object(task: Task, value: JsonObject, shape: ObjectShape): void {
    const { path } = task;
    const { members, laneBy, numbered } = shape;
    if (shape.unread !== undefined) this.texts.cannotRead(path, shape.unread);
    const said = laneBy === undefined ? undefined : value[laneBy];
    const lane = shape.lane ?? (typeof said === 'string' ? said : task.lane);
    const scope =
      numbered === undefined
        ? task.scope
        : `${task.scope}${JSON.stringify(value[numbered] ?? path.at(-1) ?? null)}/`;
    const parent = { value, shape, step: path.at(-1), parent: task.parent };
    if (shape.apart) this.texts.startGroup();
    if (shape.apart) this.#pending.push(endOfGroup);
    const from = this.#pending.length;
    for (const [name, member] of members) {
      const own = value[name];
      if (own === undefined || own === null || typeof own === 'boolean' || !Object.hasOwn(value, name))
        continue;
      // Nearly all members of an event: not worth a task of their own.
      if (isExemptKind(member) && isScalar(own) && isExempt(member, own)) continue;
      this.#pending.push({ value: own, path: [...path, name], shape: member, lane, scope, parent });
    }
    reverseFrom(this.#pending, from);
    const names = Object.keys(value);
    this.#unknownMembers({ names, from: 0, value, path, shape });
  }

  /** Comes before the members the shape defines; of very many, in slices. */
  #unknownMembers({ names, from, value, path, shape }: UnknownMembers): void {
    const to = Math.min(names.length, from + valuesPerSlice);
    for (let index = from; index < to; index++) {
      const name = names[index] ?? '';
      if (shape.members.has(name)) continue;
      this.texts.tree([...path, name], { named: true });
      const member = value[name];
      if (shape.strict && member !== null && member !== undefined)
        this.texts.cannotRead([...path, name], 'unknown');
    }
    if (to < names.length) this.#pending.push({ names, from: to, value, path, shape });
  }
}

const isExemptKind = (shape: Shape): shape is ExemptShape =>
  shape.is === 'word' || shape.is === 'id' || shape.is === 'count' || shape.is === 'time';

const isScalar = (value: JsonValue): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const isEmpty = (value: JsonValue | undefined): boolean =>
  isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

const outermostList = (path: JsonPath): JsonPath => {
  const item = path.findIndex((step) => typeof step === 'number');
  return item < 0 ? path : path.slice(0, item);
};

/** What was pushed last is read first. */
function reverseFrom(items: unknown[], from: number): void {
  for (let low = from, high = items.length - 1; low < high; low++, high--) {
    const item = items[low];
    items[low] = items[high];
    items[high] = item;
  }
}

function carry({
  text,
  step,
  parent,
  isClean,
}: {
  readonly text: string;
  readonly step: string | number | undefined;
  readonly parent: Container | undefined;
  readonly isClean: (text: string) => boolean;
}): JsonObject {
  let built: JsonValue = text;
  let below = step;
  for (let container = parent; container; container = container.parent) {
    const { value, shape } = container;
    if (isArray(value)) built = [built];
    else built = { ...carriedMembers(value, shape, isClean), [below ?? '']: built, ...shape?.constants };
    below = container.step;
  }
  return built as JsonObject;
}

function carriedMembers(
  value: JsonValue,
  shape: ObjectShape | undefined,
  isClean: (text: string) => boolean,
): JsonObject {
  const head: Record<string, JsonValue> = {};
  if (!isObject(value) || !shape) return head;
  for (const [name, member] of shape.members) {
    if (!('carried' in member) || member.carried === undefined) continue;
    const own = Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof own !== 'string' && typeof own !== 'number') continue;
    if ((member.is !== 'alone' && isExempt(member, own)) || (typeof own === 'string' && isClean(own)))
      head[name] = own;
  }
  return head;
}
