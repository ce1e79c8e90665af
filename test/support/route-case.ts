import type { TestAdmin, TestQuestion } from './admin.ts';

type Input = Readonly<Record<string, unknown>>;

/** What the harness of the admin API asks of a route. */
export interface RouteCase {
  /** What works; may make first what it is about. */
  good(admin: TestAdmin): Promise<TestQuestion> | TestQuestion;
  /** The status of what works. Default: 200. */
  readonly status?: number;
  /** A value that must be refused; none where a route takes nothing but ids. */
  readonly bad?: Input;
  /** Only on the socket. */
  readonly socket?: true;
}
