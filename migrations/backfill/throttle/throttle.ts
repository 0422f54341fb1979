/** Slows a copy down: every batch asks before it is written. */
export interface Throttle {
  /** Resolves once `documents` more may be written; rejects with the signal's reason when it aborts first. */
  admit(documents: number, signal: AbortSignal): Promise<void>;
}

/** Lets everything through at once. */
export const unthrottled: Throttle = { admit: async () => {} };
