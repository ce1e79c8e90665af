import { z } from 'zod';
import type { PolicyPath } from './section.ts';

/**
 * What a schema takes, beneath everything that only wraps it: defaults, optionality, transforms (their input side), laziness.
 * This file is the one place that looks inside Zod's schemas.
 */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = unwrapOnce(schema);
  return inner === undefined ? schema : unwrap(inner);
}

function unwrapOnce(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodReadonly
  ) {
    return schema._zod.def.innerType;
  }
  if (schema instanceof z.core.$ZodLazy) return schema._zod.def.getter();
  if (schema instanceof z.core.$ZodPipe) {
    const { in: input, out } = schema._zod.def;
    return input instanceof z.core.$ZodTransform ? out : input;
  }
  return undefined;
}

/** The alternatives of a union; the schema itself where it is none. */
export function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner = unwrap(schema);
  return inner instanceof z.core.$ZodUnion ? inner._zod.def.options : [inner];
}

/** The schemas that may stand at a path below one: several where unions lie on the way. */
export function schemasAt(schema: z.core.$ZodType, path: PolicyPath): readonly z.core.$ZodType[] {
  const [head, ...rest] = path;
  if (head === undefined) return [schema];
  return alternatives(schema).flatMap((alternative) => {
    const inner = unwrap(alternative);
    if (inner instanceof z.core.$ZodUnion) return schemasAt(inner, path);
    const next = child(inner, head);
    return next ? schemasAt(next, rest) : [];
  });
}

function child(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.core.$ZodObject) {
    const { shape } = schema._zod.def;
    return Object.hasOwn(shape, step) ? shape[step] : undefined;
  }
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  return undefined;
}

/** The keys an object schema knows, over all alternatives of a union. */
export function knownKeys(schemas: readonly z.core.$ZodType[]): string[] {
  const keys = schemas.flatMap(alternatives).flatMap((schema) => {
    const inner = unwrap(schema);
    return inner instanceof z.core.$ZodObject ? Object.keys(inner._zod.def.shape) : [];
  });
  return [...new Set(keys)];
}

/** What the author of a schema says of it. */
export interface SchemaMeta {
  readonly description: string | undefined;
  /** `a duration`. */
  readonly kind: string | undefined;
  readonly examples: readonly string[];
}

export function metaOf(schema: z.core.$ZodType): SchemaMeta {
  const meta: Readonly<Record<string, unknown>> = z.globalRegistry.get(schema) ?? {};
  const { description, kind, examples } = meta;
  return {
    description: typeof description === 'string' ? description : undefined,
    kind: typeof kind === 'string' ? kind : undefined,
    examples: Array.isArray(examples) ? examples.map(String) : [],
  };
}

/** A schema and what it wraps, outermost first, down to what `unwrap` gives. */
export function layers(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner = unwrapOnce(schema);
  return inner === undefined ? [schema] : [schema, ...layers(inner)];
}
