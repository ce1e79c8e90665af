import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { generic } from './generic.ts';
import { openai } from './openai.ts';
import type { Wire, WireName } from './wire.ts';

/** The wires a route can speak. */
export const wires: Readonly<Record<WireName, Wire>> = { openai, azure, anthropic, generic };
