import type { Dispatcher } from 'undici';
import type { Log } from '../../../kernel/index.ts';
import type { UpstreamSection } from '../section.ts';

/** Active health of one service: asked on a schedule, well until it first fails, unwell after two failures in a row. */
export interface Health {
  readonly healthy: boolean;
  close(): void;
}

const failuresToUnwell = 2;

export function createHealth(options: {
  name: string;
  dispatcher: Dispatcher;
  origin: string;
  health: NonNullable<UpstreamSection['health']>;
  log: Log;
}): Health {
  const { name, dispatcher, origin, health, log } = options;
  let failures = 0;
  let asking = false;

  const ask = async (): Promise<boolean> => {
    const answer = await dispatcher.request({
      origin,
      path: health.path,
      method: 'GET',
      signal: AbortSignal.timeout(health.timeout),
    });
    await answer.body.dump();
    return answer.statusCode >= 200 && answer.statusCode < 300;
  };
  const look = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const well = await ask().catch(() => false);
    asking = false;
    const before = failures;
    failures = well ? 0 : failures + 1;
    if (well && before >= failuresToUnwell) log.info('upstream is well again', { upstream: name });
    if (failures === failuresToUnwell) log.warn('upstream is unwell', { upstream: name });
  };
  const timer = setInterval(() => void look(), health.every);
  timer.unref();

  return {
    get healthy() {
      return failures < failuresToUnwell;
    },
    close: () => clearInterval(timer),
  };
}
