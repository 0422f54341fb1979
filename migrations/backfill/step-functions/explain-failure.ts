import { z } from 'zod';
import { BanyanError, UnavailableError, UsageError } from '../../../services/core/index.ts';
import { TOO_MANY_REJECTS } from '../max-rejects.ts';
import type { ExecutionFailure } from './executions.ts';

/** The names that workers give to their errors: Step Functions repeats by them, and whoever watches exits by them. */
export const WORKER_ERRORS = {
  /** A person's mistake. */
  usage: 'Usage',
  /** An engine does not answer. */
  unavailable: 'Unavailable',
  /** Whatever else may pass. */
  retryable: 'Retryable',
} as const;

/** The error's name as a worker throws it: the bundle's own names of classes are shortened. */
export const workerErrorName = (error: unknown): string => {
  if (error instanceof UsageError) return WORKER_ERRORS.usage;
  if (error instanceof UnavailableError) return WORKER_ERRORS.unavailable;
  if (error instanceof BanyanError) return error.retryable ? WORKER_ERRORS.retryable : error.code;
  return 'Fault';
};

/** Of what ends a command in another way than a fault. */
const CODES: ReadonlyMap<string, string> = new Map([
  [WORKER_ERRORS.unavailable, 'workers-unavailable'],
  [TOO_MANY_REJECTS, TOO_MANY_REJECTS],
]);

/**
 * Why an execution ended early, in a sentence: a mistake, `workers-unavailable`, `too-many-rejects` or
 * `execution-failed`.
 */
export const executionError = (plan: string, failure: ExecutionFailure): BanyanError => {
  const message = `the workers of ${plan} stopped: ${sentenceOf(failure)}`;
  if (failure.error === WORKER_ERRORS.usage) return new UsageError(message);
  return new BanyanError(CODES.get(failure.error) ?? 'execution-failed', message);
};

const workerCauseSchema = z.object({ errorMessage: z.string().min(1) });

const sentenceOf = ({ error, cause }: ExecutionFailure): string => {
  const parsed = workerCauseSchema.safeParse(jsonIn(cause));
  if (parsed.success) return parsed.data.errorMessage;
  return [error, cause].filter((part) => part !== '').join(': ') || 'Step Functions says no reason';
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
