import type { JsonObject, JsonValue } from '../../../kernel/index.ts';

/** Small readers over parsed JSON whose shape another party chose: they never throw. */

export function objectAt(document: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = document?.[name];
  return isObject(value) ? value : undefined;
}

export function arrayAt(document: JsonObject | undefined, name: string): readonly JsonValue[] {
  const value = document?.[name];
  return isArray(value) ? value : [];
}

export function textAt(document: JsonObject | undefined, name: string): string | undefined {
  const value = document?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** More tokens than any call can have; a service that reports more is mistaken. */
const maxCount = 1e12;

/** A count as services report it: a number from 0 to 10^12; anything else is no count. */
export function countAt(document: JsonObject | undefined, name: string): number | undefined {
  const value = document?.[name];
  return typeof value === 'number' && value >= 0 && value <= maxCount ? Math.floor(value) : undefined;
}

export function lengthAt(document: JsonObject | undefined, name: string): number {
  return textAt(document, name)?.length ?? 0;
}

/** `Array.isArray` gives up the type of the members. */
export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value);
}
