import type { Terminal } from './context.ts';

const everyMs = 200;

/** One line that is written over, at a terminal only. */
export function createProgress(terminal: Terminal) {
  let shownAt = 0;
  return {
    show(done: number, total: number) {
      if (!terminal.isTerminal || Date.now() - shownAt < everyMs) return;
      shownAt = Date.now();
      terminal.err(`\r${done} of ${total} (${total === 0 ? 100 : Math.floor((done / total) * 100)} %)\x1b[K`);
    },
    end() {
      if (shownAt > 0) terminal.err('\r\x1b[K');
    },
  };
}
