const problemLimit = 100;

/** Collects what is wrong, and what only looks so. */
export interface Report {
  readonly problems: readonly string[];
  /** Traces of a crash and the like: no sign of tampering, said all the same. */
  readonly notes: readonly string[];
  problem(text: string): void;
  note(text: string): void;
}

export function createReport(): Report {
  const problems: string[] = [];
  const notes: string[] = [];
  return {
    problems,
    notes,
    problem(text) {
      if (problems.length < problemLimit) problems.push(text);
      else if (problems.length === problemLimit) problems.push('There are more problems than are listed.');
    },
    note(text) {
      notes.push(text);
    },
  };
}
