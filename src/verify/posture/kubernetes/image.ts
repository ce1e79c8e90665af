/** An image as manifests name it. */
export interface ImageName {
  /** With the registry; `docker.io/library/nginx` for `nginx`. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** https://github.com/distribution/reference: a first part with a dot, a colon or the name localhost is a registry. */
export function parseImage(text: string): ImageName {
  const [named = '', digest] = text.split('@', 2);
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const repository = hasRegistry ? name : rest.length > 0 ? `docker.io/${name}` : `docker.io/library/${name}`;
  return { repository, tag: colon < 0 ? undefined : named.slice(colon + 1), digest };
}

/** Whether an image is of one of the registries, or parts of registries: `ghcr.io/acme` is not `ghcr.io/acme-evil`. */
export function isFrom(image: string, registries: readonly string[]): boolean {
  const { repository } = parseImage(image);
  return registries.some((registry) => repository.startsWith(`${registry.replace(/\/+$/, '')}/`));
}
