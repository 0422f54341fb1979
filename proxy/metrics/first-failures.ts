import type { Side } from '../routing/canary-router.ts';
import { fingerprintOf } from '../routing/sticky-bucket.ts';

/** Who failed on one side within a window, as one instance counts it or several together. */
export interface FailedUsers {
  /** Requests of users until their first failure, that one included. */
  readonly requests: number;
  /** Fingerprints of the users who failed; a user whom several instances saw fail is one. */
  readonly users: readonly number[];
}

export interface FailedSides {
  readonly control: FailedUsers;
  readonly candidate: FailedUsers;
}

/** First failures of users while one weight was in force. */
export interface FirstFailuresTotals {
  /** When the weight was set, by its setter's clock: what instances must agree on before they are summed. */
  readonly sinceMs: number;
  readonly weightPercent: number;
  /** Since the weight was set. */
  readonly step: FailedSides;
  /** In the present one of the windows of `RECENT_MS` since then, of which the first has the index 0. */
  readonly recent: FailedSides & { readonly index: number };
}

/** First failures in numbers, as a judge reads them. */
export interface FirstFailures {
  readonly weightPercent: number;
  readonly control: { readonly users: number; readonly requests: number };
  readonly candidate: { readonly users: number; readonly requests: number };
}

/**
 * How long a window is. What goes wrong after days of going well would drown in the days: windows find it.
 */
export const RECENT_MS = 300_000;
/** After so many users a judge has long decided: what fails beyond is not counted, on either side. */
export const MAX_FAILED_USERS = 2_000;

class CountedSide {
  readonly users = new Set<string>();
  requests = 0;

  totals(): FailedUsers {
    return { requests: this.requests, users: Array.from(this.users, fingerprintOf) };
  }
}

class CountedWindow {
  readonly #control = new CountedSide();
  readonly #candidate = new CountedSide();
  readonly #maxUsers: number;

  constructor(maxUsers: number) {
    this.#maxUsers = maxUsers;
  }

  ended(side: Side, key: string, failed: boolean): void {
    if (this.#control.users.size + this.#candidate.users.size >= this.#maxUsers) return;
    const counted = side === 'control' ? this.#control : this.#candidate;
    if (counted.users.has(key)) return;
    counted.requests++;
    if (failed) counted.users.add(key);
  }

  totals(): FailedSides {
    return { control: this.#control.totals(), candidate: this.#candidate.totals() };
  }
}

/**
 * Counts each user's failures once a window: a user who tries again, or whose account is broken on either side,
 * is one failure, which is what makes a judgement by users exact.
 */
export class FirstFailureCounter {
  readonly #maxUsers: number;
  #sinceMs: number | undefined;
  #weightPercent = 0;
  #index = 0;
  #step: CountedWindow;
  #recent: CountedWindow;

  /** `maxUsers`: Optional: defaults to 2,000. Users who failed, of both sides, that a window counts. */
  constructor({ maxUsers = MAX_FAILED_USERS }: { maxUsers?: number } = {}) {
    this.#maxUsers = maxUsers;
    this.#step = new CountedWindow(maxUsers);
    this.#recent = new CountedWindow(maxUsers);
  }

  /** A request has ended that was decided under the weight which is still in force. */
  ended(options: {
    weight: { readonly setAtMs: number | undefined; readonly weightPercent: number };
    nowMs: number;
    /** Whose the user is, whoever answered in the end. */
    side: Side;
    key: string;
    failed: boolean;
  }): void {
    const { weight, nowMs, side, key, failed } = options;
    if (weight.setAtMs === undefined) return;
    if (weight.setAtMs !== this.#sinceMs) {
      this.#sinceMs = weight.setAtMs;
      this.#weightPercent = weight.weightPercent;
      this.#step = new CountedWindow(this.#maxUsers);
      this.#index = -1;
    }
    const index = recentIndex(weight.setAtMs, nowMs);
    if (index !== this.#index) {
      this.#index = index;
      this.#recent = new CountedWindow(this.#maxUsers);
    }
    this.#step.ended(side, key, failed);
    this.#recent.ended(side, key, failed);
  }

  /** `undefined` before the first request under a weight that was set. */
  totals(): FirstFailuresTotals | undefined {
    if (this.#sinceMs === undefined) return undefined;
    return {
      sinceMs: this.#sinceMs,
      weightPercent: this.#weightPercent,
      step: this.#step.totals(),
      recent: { index: this.#index, ...this.#recent.totals() },
    };
  }
}

/** Which window of `RECENT_MS` it is since a weight was set; clocks that differ make it no less than 0. */
export const recentIndex = (sinceMs: number, nowMs: number): number =>
  Math.max(0, Math.floor((nowMs - sinceMs) / RECENT_MS));

/** Both instances' counts; where they are of different weights or windows, the later one's: the other will follow. */
export const sumOfFirstFailures = (
  a: FirstFailuresTotals | undefined,
  b: FirstFailuresTotals | undefined,
): FirstFailuresTotals | undefined => {
  if (!a || !b) return a ?? b;
  if (a.sinceMs !== b.sinceMs) return a.sinceMs > b.sinceMs ? a : b;
  const later = a.recent.index > b.recent.index ? a.recent : b.recent;
  const recent =
    a.recent.index === b.recent.index ? { index: later.index, ...unionOfSides(a.recent, b.recent) } : later;
  return { ...a, step: unionOfSides(a.step, b.step), recent };
};

const unionOfSides = (a: FailedSides, b: FailedSides): FailedSides => ({
  control: union(a.control, b.control),
  candidate: union(a.candidate, b.candidate),
});

const union = (a: FailedUsers, b: FailedUsers): FailedUsers => ({
  requests: a.requests + b.requests,
  users: [...new Set([...a.users, ...b.users])],
});

/** What came after `before`; all of `after` when the weight was set in between, or the count began again. */
export const firstFailuresBetween = (
  before: FirstFailuresTotals | undefined,
  after: FirstFailuresTotals,
): FirstFailures => {
  const from = before?.sinceMs === after.sinceMs ? before.step : undefined;
  return {
    weightPercent: after.weightPercent,
    control: newIn(from?.control, after.step.control),
    candidate: newIn(from?.candidate, after.step.candidate),
  };
};

/** What the present window has, whenever one began to look. */
export const recentFirstFailures = ({ weightPercent, recent }: FirstFailuresTotals): FirstFailures => ({
  weightPercent,
  control: newIn(undefined, recent.control),
  candidate: newIn(undefined, recent.candidate),
});

const newIn = (before: FailedUsers | undefined, after: FailedUsers): { users: number; requests: number } => {
  const known = new Set(before?.users);
  const users = after.users.filter((user) => !known.has(user)).length;
  const earlier = before?.requests ?? 0;
  return { users, requests: after.requests < earlier ? after.requests : after.requests - earlier };
};
