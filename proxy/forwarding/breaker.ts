import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { ForwardOutcome } from './forwarder.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/**
 * Stops asking a candidate that is down, so that its users do not wait for a timeout each: after `failures` in a
 * row it opens, and every `retryAfterMs` lets one request through to see.
 */
export class Breaker {
  readonly #policy: CircuitBreakerPolicy;

  constructor(options: { failures: number; retryAfterMs: number }) {
    const isFailure = (outcome: unknown) => {
      const ended = outcome as ForwardOutcome;
      const { kind } = ended;
      if (kind === 'answered') return ended.serverError === true;
      // A client that leaves says nothing of the candidate, so that it cannot vouch for it either.
      return kind === 'failed' || (kind === 'aborted' && this.#policy.state === CircuitState.HalfOpen);
    };
    this.#policy = circuitBreaker(handleWhenResult(isFailure), {
      breaker: new ConsecutiveBreaker(options.failures),
      halfOpenAfter: options.retryAfterMs,
    });
  }

  get state(): BreakerState {
    if (this.#policy.state === CircuitState.Closed) return 'closed';
    return this.#policy.state === CircuitState.HalfOpen ? 'half-open' : 'open';
  }

  /** Runs `forward`, unless the candidate is to be left alone: then it answers `open` at once. */
  async run<T extends { readonly kind: string }>(forward: () => Promise<T>): Promise<T | 'open'> {
    // The policy would let others wait for the probe's result, which may take a whole timeout.
    if (this.state === 'half-open') return 'open';
    try {
      return await this.#policy.execute(forward);
    } catch (thrown) {
      if (thrown instanceof BrokenCircuitError) return 'open';
      throw thrown;
    }
  }
}
