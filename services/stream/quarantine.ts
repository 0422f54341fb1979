/** A record that can never succeed, whole, with the reason (law 8). */
export interface QuarantineEntry {
  /** Unique and sortable by time; chosen by whoever quarantines, so that a retry does not store it twice. */
  readonly id: string;
  /** Where it failed: a consumer's or a plan's name. */
  readonly source: string;
  /** The entity key where it is known: a replay re-reads that key instead of trusting the record (law 3). */
  readonly key?: string;
  /** The stream that it never reached, for an event that no stream takes: a replay publishes its key there. */
  readonly stream?: string;
  readonly reason: string;
  readonly atMs: number;
  /** The record as it came. */
  readonly body: string;
}

/** Keeps what could not be applied until a person replays or drops it. */
export interface Quarantine {
  put(entry: QuarantineEntry): Promise<void>;
  /** Entries of `source`, oldest first. */
  list(source: string): AsyncIterable<QuarantineEntry>;
  remove(entry: QuarantineEntry): Promise<void>;
}
