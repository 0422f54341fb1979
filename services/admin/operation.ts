import { z } from 'zod';
import type { Person, Role } from './person.ts';
import type { RefusalCode } from './refusal.ts';

/** What an operation is handed: what was sent, as its schemas read it, and who sent it. */
export interface OperationRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly person: Person;
  /** Aborts when the client has gone, or the server stops. */
  readonly signal: AbortSignal;
}

/** A value whose lists may be read-only. */
export type Plain<T> = T extends readonly (infer E)[]
  ? readonly Plain<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Plain<T[K]> }
    : T;

interface Declared {
  /** Required. Names it in the document and in the audit: `pauseBackfill`. */
  readonly id: string;
  /** Required. `/api/v1/backfills/{plan}` */
  readonly path: string;
  /** Required. Who may ask for it. */
  readonly role: Role;
  /** Required. Under which heading the document shows it. */
  readonly tag: string;
  /** Required. One line for the document. */
  readonly summary: string;
  /** Optional: the summary says it all. */
  readonly description?: string;
  /** Optional: what may be refused beyond what any operation may be. */
  readonly refuses?: readonly RefusalCode[];
}

/** An operation that answers once. */
export interface Answering<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodObject = z.ZodObject,
  A extends z.ZodType = z.ZodType,
> extends Declared {
  /** Required. GET has no body; POST and PUT have one, which may be empty (`{}`). */
  readonly method: 'get' | 'post' | 'put';
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Optional: defaults to 16,384. */
  readonly maxBodyBytes?: number;
  /** Required. What leaves: fields that it does not name do not. */
  readonly answer: A;
  handle(
    request: OperationRequest<z.output<P>, z.output<Q>, z.output<B>>,
  ): Promise<Plain<z.input<A>>> | Plain<z.input<A>>;
}

/** One thing that a live view is told. */
export interface LiveEvent<E extends string = string, D = unknown> {
  readonly event: E;
  readonly data: D;
}

/** An operation that answers as long as the client listens: server-sent events by name. */
export interface Streaming<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  E extends { readonly [event: string]: z.ZodType } = { readonly [event: string]: z.ZodType },
> extends Declared {
  readonly method: 'events';
  readonly params: P;
  readonly query: Q;
  /** Required. What the data of each kind of event is. */
  readonly events: E;
  /** Ends once the request's signal aborts. */
  stream(
    request: OperationRequest<z.output<P>, z.output<Q>, unknown>,
  ): AsyncIterable<{ [K in keyof E & string]: LiveEvent<K, Plain<z.input<E[K]>>> }[keyof E & string]>;
}

export type Operation = Answering | Streaming;

/** What an operation may leave out, since it takes nothing there. */
type TakesNothing = 'params' | 'query' | 'body';
type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
const NOTHING = z.object({});

/** Declares an operation, once, for the router, the validation, the document and the audit. */
export const operation = <
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  A extends z.ZodType,
>(
  declared: Optional<Answering<P, Q, B, A>, TakesNothing>,
): Operation =>
  ({ params: NOTHING, query: NOTHING, body: z.strictObject({}), ...declared }) as unknown as Answering;

/** Declares a live view. */
export const liveView = <
  P extends z.ZodObject,
  Q extends z.ZodObject,
  E extends { readonly [event: string]: z.ZodType },
>(
  declared: Omit<Optional<Streaming<P, Q, E>, 'params' | 'query'>, 'method'>,
): Operation => ({ params: NOTHING, query: NOTHING, ...declared, method: 'events' }) as unknown as Streaming;

/** The method that a client uses. */
export const httpMethodOf = ({ method }: Operation): 'get' | 'post' | 'put' =>
  method === 'events' ? 'get' : method;
