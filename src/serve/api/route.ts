import { z } from 'zod';
import type { ActRequest, BegunSession, Operator, OperatorPermission } from '../../enforce/identity/index.ts';
import type { AdminServices } from './services.ts';

/** What a route asks of who asks: a permission, only to be signed in, or nothing. */
export type RoutePermission = OperatorPermission | 'signed in' | 'anyone';

/** What only the console port can do for a handler. */
export interface Door {
  startSession(begun: BegunSession): void;
  endSession(): void;
  /** Throws Fault `operator.credential`, or `operator.too-many` where this address failed too often. */
  refuseCredential(): never;
}

export interface RouteContext {
  readonly services: AdminServices;
  readonly operator: Operator;
  /** Undefined on the socket and in process, where nobody signs in. */
  readonly door?: Door | undefined;
  /** Runs an approved request, or leaves it to who asked where its answer is shown once. */
  runApproved(request: ActRequest): Promise<ActRequest>;
  /** Runs an approved request for who asked, and gives its answer. */
  collect(request: ActRequest): Promise<{ request: ActRequest; result: unknown }>;
}

/** One route of the admin API: a file each, with its schemas, the permission it needs and its handler. */
export interface ApiRoute<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST';
  /** `:id` takes one segment. */
  readonly path: string;
  readonly summary: string;
  /** Checked before the input is looked at, in one place, for every route. */
  readonly permission: RoutePermission;
  /** Path parameters, query and JSON body together, by name. */
  readonly input: Input;
  readonly output: Output;
  /** Whether reading this is an entry of its own: the ledger, and what is known of credentials. */
  readonly recorded?: true;
  /** The route that reads what this one changes. From outside the socket its ETag must come as `If-Match`. */
  readonly changes?: ApiRoute;
  /** Whether this input needs a second person, whatever the policy says. */
  readonly dangerous?: {
    /** In words, for the documents. */
    readonly when: string;
    applies(input: z.output<Input>, context: Pick<RouteContext, 'services' | 'operator'>): boolean;
  };
  /**
   * The permissions it gives to an operator, or lets who asks use as another operator. Where who asks holds not all of them, it needs a second person,
   * whichever they are; and where they grew since it was asked, it is not done.
   */
  confers?(
    input: z.output<Input>,
    context: Pick<RouteContext, 'services' | 'operator'>,
  ): readonly OperatorPermission[];
  /** Throws where it could not be done: asked before the input is written down to wait for a second person, who would approve nothing. */
  refuses?(input: z.output<Input>, context: Pick<RouteContext, 'services'>): Promise<void>;
  /** Whether it names a file of the machine: then it is for whoever is on it, and not served on the console port. */
  readonly machineFiles?: true;
  /** The answer is a file that is sent as it is made, and its `output` the stream. */
  readonly download?: { readonly contentType: string; readonly fileName: string };
  /** Whether its input names a person, or holds what people wrote: then it is never written down to wait for a second person. */
  readonly namesPerson?: true;
  /** Whether the answer holds what is shown once, so that after an approval who asked collects it. */
  readonly shownOnce?: true;
  handle(input: z.output<Input>, context: RouteContext): Promise<z.input<Output>>;
  /** Another form than JSON, where the input asks for one. */
  represent?(output: z.output<Output>, input: z.output<Input>): Representation | undefined;
}

/** What the handler of a download gives. */
export const streamSchema = z.instanceof(ReadableStream<Uint8Array>);

export interface Representation {
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Keeps the types of a row's schemas and handler together. */
export function apiRoute<Input extends z.ZodType, Output extends z.ZodType>(
  route: ApiRoute<Input, Output>,
): ApiRoute {
  return route;
}

/** How a route is called in requests, entries and documents. */
export function routeName({ method, path }: Pick<ApiRoute, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
