import type { DockerInstruction, DockerStage } from '../../source/dockerfile.ts';

/** One command of a RUN, by its words; `A=b` before it counts among them. */
export interface ShellCommand {
  readonly at: DockerInstruction;
  readonly words: readonly string[];
}

/** Everything that was done to a stage, also in the stages of the file it is built on, in the order it was. */
export function historyOf(stage: DockerStage): readonly DockerInstruction[] {
  const stages: DockerStage[] = [];
  for (let at: DockerStage | undefined = stage; at; at = at.base) stages.push(at);
  return stages.toReversed().flatMap(({ instructions }) => instructions);
}

/** The commands of RUN instructions, as a shell takes them apart; quotes and substitutions are not looked into. */
export function commandsOf(instructions: readonly DockerInstruction[]): readonly ShellCommand[] {
  return instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap((at) =>
      at.text
        .replace(/^[ \t]*#.*\r?\n?/gm, '')
        .replace(/[\\`]\r?\n/g, ' ')
        // Of a list in JSON the words are left.
        .replace(/[[\]",']/g, ' ')
        .split(/&&|\|\||[;|\n(){}]/)
        .map((command) => ({ at, words: command.split(/\s+/).filter((word) => word !== '') })),
    );
}
