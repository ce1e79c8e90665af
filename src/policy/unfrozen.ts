/**
 * A list of a policy as every call walks it. Policies are frozen, and V8 takes six times as long to walk a frozen array (measured on three items);
 * so what is compiled for the path of calls holds a copy.
 */
export function unfrozen<Item>(items: readonly Item[]): readonly Item[] {
  return [...items];
}
