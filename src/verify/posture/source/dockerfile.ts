import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast';
import type { Position } from './yaml.ts';

/** One instruction, with continuations joined and variables put in that the file itself gives a value. */
export interface DockerInstruction extends Position {
  /** `RUN`. */
  readonly keyword: string;
  readonly arguments: readonly string[];
  /** All that stands behind the keyword, with heredocs, as it is written. */
  readonly text: string;
}

export interface DockerStage {
  readonly from: DockerInstruction;
  /** `golang:1.24`; with its variables where the file gives them no value. */
  readonly image: string;
  /** The stage it is built on, where that is one of this file. */
  readonly base: DockerStage | undefined;
  readonly instructions: readonly DockerInstruction[];
}

/** The stages of a Dockerfile; the last is what is built by default. Empty where it has none. https://docs.docker.com/reference/dockerfile/ */
export function readDockerfile(text: string): readonly DockerStage[] {
  const stages: { stage: DockerStage; instructions: DockerInstruction[]; name: string | null }[] = [];
  for (const instruction of DockerfileParser.parse(endDirectives(text)).getInstructions()) {
    const read = readInstruction(instruction, text);
    if (read.keyword !== 'FROM') {
      stages.at(-1)?.instructions.push(read);
      continue;
    }
    const image = read.arguments.find((one) => !one.startsWith('--')) ?? '';
    const base = stages.findLast(({ name }) => name?.toLowerCase() === image.toLowerCase())?.stage;
    const instructions: DockerInstruction[] = [];
    stages.push({
      stage: { from: read, image, base, instructions },
      instructions,
      name: (instruction as From).getBuildStage(),
    });
  }
  return stages.map(({ stage }) => stage);
}

const directive = /^#\s*[a-zA-Z][a-zA-Z0-9]*\s*=\s*\S/;

/**
 * Directives (`# escape=`) end at the first line that is none, such as `# hadolint ignore=DL3008`. The parser takes that for one and reads on, so
 * it gets it without its equals signs, which moves nothing.
 */
function endDirectives(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !directive.test(line));
  const line = lines[end];
  if (line?.startsWith('#') !== true) return text;
  return lines.with(end, line.replaceAll('=', ' ')).join('\n');
}

function readInstruction(instruction: Instruction, text: string): DockerInstruction {
  const { start, end } = instruction.getRange();
  const lines = text.split(/\r?\n/).slice(start.line, end.line + 1);
  return {
    keyword: instruction.getKeyword(),
    arguments: instruction.getExpandedArguments().map((one) => one.getValue()),
    text: lines.join('\n').trim().slice(instruction.getKeyword().length).trim(),
    line: start.line + 1,
    column: start.character + 1,
  };
}

/** What holds at the end of a stage: of itself, or of the stages of the file it is built on. */
export function lastInstruction(stage: DockerStage, keyword: string): DockerInstruction | undefined {
  for (let at: DockerStage | undefined = stage; at; at = at.base) {
    const found = at.instructions.findLast((one) => one.keyword === keyword);
    if (found) return found;
  }
  return undefined;
}
