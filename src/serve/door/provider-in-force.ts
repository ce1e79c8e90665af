import type { OidcSection } from '../../enforce/identity/index.ts';
import type { Log } from '../../kernel/index.ts';
import type { Secrets } from '../../secrets/index.ts';
import { createIdentityProvider, type IdentityProvider } from './oidc.ts';

/** The identity provider of the policy in force: a policy that describes it otherwise gets another. */
export function createProviderInForce(options: {
  section(): OidcSection | undefined;
  readonly secrets: Secrets;
  readonly now: () => number;
  readonly log: Log;
}): { current(): IdentityProvider | undefined; close(): Promise<void> } {
  const { section, secrets, now, log } = options;
  let held: { readonly description: string; readonly provider: IdentityProvider } | undefined;

  function replace(next: OidcSection): IdentityProvider {
    const { secret } = next;
    const provider = createIdentityProvider({
      section: next,
      secret: async () => (secret === undefined ? undefined : secrets.read(secret)),
      now,
      log,
    });
    void held?.provider.close().catch(() => log.warn('connections to an identity provider did not close'));
    held = { description: JSON.stringify(next), provider };
    return provider;
  }

  return {
    current() {
      const next = section();
      if (!next) return undefined;
      return held?.description === JSON.stringify(next) ? held.provider : replace(next);
    },
    close: async () => held?.provider.close(),
  };
}
