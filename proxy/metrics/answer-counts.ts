import type { Outcome } from '../exchange.ts';
import type { Side } from '../routing/canary-router.ts';
import { LATENCY_BOUNDS_MS, type SideTotals } from './readings.ts';

/** How the requests of one side of one dial have ended, and how long their answers took. */
export class SideCounts {
  readonly outcomes: { [outcome in Outcome]: number } = { ok: 0, error: 0, rescued: 0, aborted: 0 };
  /** By bound, and last what was slower than all of them. */
  readonly #timed: number[] = [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map(() => 0);
  sumMs = 0;

  ended(outcome: Outcome, durationMs: number): void {
    this.outcomes[outcome]++;
    // Who left has not seen how long it would have taken.
    if (outcome === 'aborted') return;
    let at = 0;
    while (durationMs > (LATENCY_BOUNDS_MS[at] ?? Number.POSITIVE_INFINITY)) at++;
    this.#timed[at] = (this.#timed[at] ?? 0) + 1;
    this.sumMs += durationMs;
  }

  totals(): SideTotals {
    const { ok, error, rescued } = this.outcomes;
    const failures = error + rescued;
    let sum = 0;
    const withinBounds = this.#timed.map((count) => {
      sum += count;
      return sum;
    });
    return { requests: ok + failures, failures, withinBounds };
  }
}

type Sides = { readonly [side in Side]: SideCounts };

/**
 * The requests of every dial, in plain numbers. A metrics library finds its counters by a text of all their labels,
 * which it makes anew for each request; that costs more than all else that is counted, so that it is given sums.
 */
export class AnswerCounts {
  readonly #dials = new Map<string, Sides>();

  of(dial: string): Sides {
    let sides = this.#dials.get(dial);
    if (!sides) {
      sides = { control: new SideCounts(), candidate: new SideCounts() };
      this.#dials.set(dial, sides);
    }
    return sides;
  }

  /** Every side that has had a request. */
  *all(): Iterable<{ readonly route: string; readonly side: Side; readonly counts: SideCounts }> {
    for (const [route, sides] of this.#dials) {
      for (const side of ['control', 'candidate'] as const) {
        const counts = sides[side];
        if (Object.values(counts.outcomes).some((count) => count > 0)) yield { route, side, counts };
      }
    }
  }
}
