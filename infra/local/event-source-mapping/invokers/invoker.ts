import type { KinesisStreamEvent } from 'aws-lambda';

/**
 * What came of one synchronous invocation: the function's answer, its error, or that the batch never reached it
 * (throttled, or the service failed), which does not count as an attempt.
 */
export type InvocationResult =
  | { readonly outcome: 'answered'; readonly answer: unknown }
  | { readonly outcome: 'function-error'; readonly functionError: string; readonly message: string }
  | { readonly outcome: 'not-invoked'; readonly reason: string };

/** Runs the function that a mapping feeds. Never rejects: what went wrong is the result. */
export interface Invoker {
  /** Runs it once, and waits. */
  invoke(event: KinesisStreamEvent): Promise<InvocationResult>;
}
