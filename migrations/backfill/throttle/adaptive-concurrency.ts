import type { BatchesAtOnce } from '../../moves/plan.ts';

/** What was seen while a round of batches was written: about as many as were under way when it began. */
export interface Round {
  /** Times that the sink said it is too busy. */
  readonly busy: number;
  /** How long a batch took; absent when none was large enough to tell. */
  readonly meanMs: number | undefined;
  /** Whether a batch had to wait for its turn: only then is more worth a try. */
  readonly full: boolean;
}

export interface Level {
  /** Batches at once; fractions are kept, so that small numbers grow too. */
  readonly limit: number;
  /** The quickest round's mean, learnt anew at the floor: a sink may become slower for good. */
  readonly fastestMs: number | undefined;
  /** Doubling until the first sign of too much. */
  readonly starting: boolean;
  /** Why it was lowered last; absent once it grew again. */
  readonly reason?: string;
}

const AFTER_BUSY = 0.9;
const AFTER_SLOW = 0.9;
/** Up to here, a slower answer is only a fuller pipe. */
const GROW_BELOW = 2;
/** From here on, batches wait at the sink instead of here: nothing is gained any more. */
const SHRINK_ABOVE = 3;
/** The mean of fewer says little. */
const SMALLEST_ROUND = 4;

/**
 * How many batches to write at once after a round: additive increase, multiplicative decrease (as in TCP), by two
 * signs: the sink's own "too busy", and how much slower it answers than at its best (as in the gradient algorithm
 * of https://github.com/Netflix/concurrency-limits).
 */
export const nextLevel = (level: Level, round: Round, range: BatchesAtOnce): Level => {
  const { busy, meanMs } = round;
  const within = (limit: number) => Math.min(range.ceiling, Math.max(range.floor, limit));
  const before = level.limit > range.floor ? level.fastestMs : undefined;
  const fastestMs = meanMs === undefined ? level.fastestMs : Math.min(before ?? meanMs, meanMs);
  if (busy > 0) {
    const limit = within(level.limit * AFTER_BUSY);
    return { limit, fastestMs, starting: false, reason: 'the sink says that it is too busy' };
  }
  const slower = meanMs === undefined || fastestMs === undefined ? 1 : meanMs / fastestMs;
  if (slower > SHRINK_ABOVE) {
    const limit = within(level.limit * AFTER_SLOW);
    const reason = `the sink answers ${slower.toFixed(1)} times as slowly as at its best`;
    return { limit, fastestMs, starting: false, reason };
  }
  if (!round.full || slower > GROW_BELOW) return { ...level, fastestMs, limit: within(level.limit) };
  const grown = level.starting ? level.limit * 2 : level.limit + Math.max(1, level.limit * 0.05);
  return { limit: within(grown), fastestMs, starting: level.starting };
};

/** Finds how many batches a sink takes at once, between a floor and a ceiling, without a tuned number. */
export class AdaptiveConcurrency {
  #range: BatchesAtOnce;
  #level: Level;
  #underWay = 0;
  #round = { left: SMALLEST_ROUND, busy: 0, totalMs: 0, timed: 0, full: false };

  constructor(range: BatchesAtOnce) {
    this.#range = range;
    this.#level = { limit: range.floor, fastestMs: undefined, starting: true };
  }

  get range(): BatchesAtOnce {
    return this.#range;
  }

  /** From now on, between these. */
  setRange(range: BatchesAtOnce): void {
    this.#range = range;
    const limit = Math.min(range.ceiling, Math.max(range.floor, this.#level.limit));
    this.#level = { ...this.#level, limit };
  }

  /** Batches at once. */
  get limit(): number {
    return Math.ceil(this.#level.limit);
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Why it is as low as it is; absent while it may still grow, or is at its ceiling. */
  get reason(): string | undefined {
    const { reason } = this.#level;
    return reason && `${reason}: ${this.limit} batches at once`;
  }

  /** Whether one more may begin; asking and being refused is a sign that more is wanted. */
  hasRoom(): boolean {
    if (this.#underWay < this.limit) return true;
    this.#round.full = true;
    return false;
  }

  begin(): void {
    this.#underWay += 1;
  }

  /** The sink said that it is too busy, whether or not the call was repeated since. */
  busy(): void {
    this.#round.busy += 1;
  }

  /** A batch is over. `tookMs`: absent for one that was too small, or failed, to compare with others. */
  end(tookMs?: number): void {
    this.#underWay -= 1;
    const round = this.#round;
    round.left -= 1;
    if (tookMs !== undefined) {
      round.totalMs += tookMs;
      round.timed += 1;
    }
    if (round.left > 0) return;
    const meanMs = round.timed === 0 ? undefined : round.totalMs / round.timed;
    this.#level = nextLevel(this.#level, { busy: round.busy, meanMs, full: round.full }, this.#range);
    this.#round = { left: Math.max(SMALLEST_ROUND, this.limit), busy: 0, totalMs: 0, timed: 0, full: false };
  }
}
