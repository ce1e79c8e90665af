import type { TestEvent } from 'node:test/reporters';

/** A reporter that says only the counts, so that they can stand last, after the failures. */
async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    // Each file has a summary of its own; the one without a file is the whole run's.
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { counts, duration_ms: milliseconds } = event.data;
    const { tests, passed } = counts;
    const skipped = counts.skipped + counts.todo;
    yield `tests ${tests}, passed ${passed}, failed ${tests - passed - skipped}, skipped ${skipped}`;
    yield ` (${(milliseconds / 1000).toFixed(1)} s)\n`;
  }
}

// oxlint-disable-next-line import/no-default-export -- how Node finds a reporter
export default countTests;
