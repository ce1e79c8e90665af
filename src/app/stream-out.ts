const idleMs = 60_000;
const longestMs = 4 * 3_600_000;

/**
 * Pieces as a stream that is pulled. `end` is run once: when all is sent, when the reader goes away, and when it takes nothing for a minute or goes on for
 * four hours; then the stream breaks, which the reader sees.
 */
export function streamOut(
  pieces: AsyncGenerator<Uint8Array>,
  end: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  async function finish(): Promise<void> {
    clearTimeout(timer);
    if (ended) return;
    ended = true;
    await pieces.return(undefined).catch(() => {});
    await end();
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(timer);
        try {
          const next = await pieces.next();
          if (next.done) {
            await finish();
            return controller.close();
          }
          controller.enqueue(next.value);
        } catch (error) {
          await finish();
          return controller.error(error);
        }
        const left = longestMs - (performance.now() - began);
        timer = setTimeout(
          () => {
            controller.error(new Error('the reader stalled'));
            void finish();
          },
          Math.max(0, Math.min(idleMs, left)),
        );
        timer.unref();
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
}
