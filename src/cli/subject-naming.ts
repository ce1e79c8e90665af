import type { Command } from 'commander';
import type { Ask } from './admin-client.ts';
import type { CommandContext } from './context.ts';
import { type CommonOptions, apiCommand } from './options.ts';

export interface SubjectOptions extends CommonOptions {
  readonly team?: string;
  readonly breakGlass?: string;
}

export interface Access {
  readonly id: string;
  readonly name: string;
  readonly team?: string;
  readonly knownSince: string;
  readonly holdings: readonly {
    readonly where: string;
    readonly what: string;
    readonly count: number;
    readonly more: boolean;
    readonly firstAt?: string;
    readonly lastAt?: string;
    readonly keptForDays: number;
  }[];
  readonly holds: readonly { readonly id: string; readonly scope: string; readonly matter: string }[];
}

export const subjectText =
  'the name of the data subject, as callers say it; its id (subj_…); - reads the name from standard input';

export const isSubjectId = (text: string): boolean => /^subj_[\w-]{22}$/.test(text);

/** A name on the command line is seen by other users of the machine; from standard input it is not. */
export async function readName(given: string, { terminal }: CommandContext): Promise<string> {
  return given === '-' ? (await terminal.input()).replace(/\r?\n$/, '') : given;
}

export async function idOf(ask: Ask, name: string, { team }: SubjectOptions): Promise<string> {
  if (isSubjectId(name)) return name;
  return (await ask<{ id: string }>('POST', '/api/subjects/find', { subject: name, team })).id;
}

/** A command about one data subject. */
export const subjectCommand = (parent: Command, name: string): Command =>
  apiCommand(parent, name)
    .argument('<subject>', subjectText)
    .option('--team <team>', 'whose callers, where the policy keeps teams apart');
