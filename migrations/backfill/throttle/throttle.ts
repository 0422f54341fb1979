/** What is about to be written together; sizes are counted when a throttle asks for them. */
export interface BatchSize {
  readonly documents: number;
  /** About how much memory it takes while it is under way. */
  readonly heldBytes: number;
  /** Of the records as JSON. */
  bytes(): number;
  /** DynamoDB's: one per KB of each record, at least one. */
  writeUnits(): number;
}

/** How long nothing may be written, and why: a clause such as `at most 500 documents a second`. */
export interface Delay {
  readonly ms: number;
  readonly reason: string;
}

/** One reason to slow a copy down. Several may be at work: the longest delay wins. */
export interface Throttle {
  /** The delay as of now, decided from what is known; `undefined` when there is none. */
  delay(nowMs: number): Delay | undefined;
  /** A batch was let through. */
  admitted?(batch: BatchSize, nowMs: number): void;
  /** Looks again at what it decides by; called about once a second. */
  refresh?(): Promise<void>;
}

/** The longest delay of all. */
export const tightest = (throttles: readonly Throttle[], nowMs: number): Delay | undefined => {
  let longest: Delay | undefined;
  for (const throttle of throttles) {
    const delay = throttle.delay(nowMs);
    if (delay && delay.ms > (longest?.ms ?? 0)) longest = delay;
  }
  return longest;
};
