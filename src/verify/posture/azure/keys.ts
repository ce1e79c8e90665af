/**
 * What an id of Azure says, without subscription and group: `microsoft.network/virtualnetworks/net/subnets/nodes`. Templates leave the former
 * out or put them in by functions, and two things of one type and name in one deployment are seldom meant.
 */
export function keyOfId(id: string): string {
  const lower = id.toLowerCase();
  const providers = lower.lastIndexOf('/providers/');
  return providers < 0 ? lower : lower.slice(providers + '/providers/'.length);
}

/** The key of a resource by its type and name, `A/b/c` and `n/m`: `a/b/n/c/m`. */
export function keyOfName(type: string, name: string): string {
  const [provider = '', ...types] = type.split('/');
  const names = name.split('/');
  const pairs = types.map((one, index) => `${one}/${names[index] ?? ''}`);
  return keyOfId([provider, ...pairs, ...names.slice(types.length)].join('/'));
}

/** One of several of a declaration. */
export const instanceKey = (key: string, index: string | number | undefined): string =>
  index === undefined ? key : `${key}#${index}`;
