import type { Clock, Log } from '../../../kernel/index.ts';
import type { Secrets } from '../../../secrets/index.ts';
import type { GateSection, RouteSection, UpstreamSection } from '../section.ts';
import { routeName, routeUpstreamName } from '../snapshot/routes.ts';
import type { Wire } from '../wire/wire.ts';
import { wires } from '../wire/wires.ts';
import { createEcho } from './echo/echo.ts';
import { createHttpUpstream, type RemoteSection } from './http.ts';
import type { Upstream, Upstreams } from './upstream.ts';

interface Described {
  readonly name: string;
  readonly wire: Wire;
  /** Undefined: the built-in echo. */
  readonly remote: (RemoteSection & { readonly credential?: string | undefined }) | undefined;
}

export interface UpstreamRegistry {
  readonly present: Upstreams;
  /**
   * Makes the services of a policy. Those whose description did not change stay, with their connections, circuit and health. `swap`
   * puts the new ones in force; the ones no longer named are closed once no call uses them. Rejects, and leaves nothing behind, where
   * one of them cannot be made.
   */
  prepare(gate: GateSection): Promise<{ swap(): void }>;
  close(): Promise<void>;
}

/** How long a service that left the policy may finish the calls it has. */
const retireMs = 15 * 60_000;

export function createUpstreamRegistry(options: {
  secrets: Secrets;
  clock: Clock;
  log: Log;
}): UpstreamRegistry {
  let present = new Map<string, { key: string; upstream: Upstream }>();
  /** Asked for on every call, so it is made once for a policy. */
  let listed = listOf(present);
  const retiring = new Set<Upstream>();

  const retire = (upstream: Upstream): void => {
    retiring.add(upstream);
    setTimeout(() => {
      retiring.delete(upstream);
      void upstream.close();
    }, retireMs).unref();
  };
  return {
    get present() {
      return listed;
    },
    async prepare(gate) {
      const next = new Map<string, { key: string; upstream: Upstream }>();
      const made: Upstream[] = [];
      try {
        for (const described of describe(gate)) {
          const key = JSON.stringify([described.wire.name, described.remote]);
          const known = present.get(described.name);
          if (known?.key === key) next.set(described.name, known);
          else {
            const upstream = await create(described, options);
            made.push(upstream);
            next.set(described.name, { key, upstream });
          }
        }
      } catch (error) {
        await Promise.all(made.map((upstream) => upstream.close()));
        throw error;
      }
      return {
        swap() {
          const gone = [...present.values()].filter((row) => next.get(row.upstream.name) !== row);
          present = next;
          listed = listOf(next);
          for (const { upstream } of gone) retire(upstream);
        },
      };
    },
    async close() {
      const all = [...retiring, ...[...present.values()].map(({ upstream }) => upstream)];
      await Promise.all(all.map((upstream) => upstream.close()));
    },
  };
}

function listOf(rows: ReadonlyMap<string, { upstream: Upstream }>): Upstreams {
  return {
    get: (name) => rows.get(name)?.upstream,
    all: () => [...rows.values()].map(({ upstream }) => upstream),
  };
}

function describe(gate: GateSection): Described[] {
  const named = Object.entries(gate.upstreams).map(([name, section]) =>
    describeUpstream(name, section, wireOf(gate, name)),
  );
  const own = gate.routes.flatMap((route) =>
    route.to === undefined ? [] : [describeRoute(route, route.to)],
  );
  return [...named, ...own];
}

function describeUpstream(name: string, section: UpstreamSection, wire: Wire): Described {
  const { url, builtin: _builtin, ...remote } = section;
  return { name, wire, remote: url === undefined ? undefined : { ...remote, url } };
}

function describeRoute(route: RouteSection, url: string): Described {
  const { credential, private: isPrivate, proxy, ca, connections, deadlines, breaker, health } = route;
  const remote = { credential, private: isPrivate, proxy, ca, connections, deadlines, breaker, health, url };
  return { name: routeUpstreamName(routeName(route)), wire: wires[route.wire], remote };
}

/** The wire of the routes that lead to an upstream; the policy's check has made sure that it is one. */
function wireOf(gate: GateSection, upstream: string): Wire {
  const route = gate.routes.find(({ models }) =>
    Object.values(models ?? {}).some((places) =>
      places.flat().some((target) => target.upstream === upstream),
    ),
  );
  return wires[route?.wire ?? 'openai'];
}

async function create(
  { name, wire, remote }: Described,
  { secrets, clock, log }: { secrets: Secrets; clock: Clock; log: Log },
): Promise<Upstream> {
  if (!remote) return createEcho(name);
  const credential = remote.credential === undefined ? undefined : await secrets.follow(remote.credential);
  try {
    return createHttpUpstream({ name, remote, credential, wire, clock, log });
  } catch (error) {
    credential?.close();
    throw error;
  }
}
